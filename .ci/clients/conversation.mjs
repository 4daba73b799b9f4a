// What an agent does with the server, whatever client it uses: look around, write
// something, stamp an invoice, which must be confirmed first, and ask for what
// somebody else has to approve.
import assert from "node:assert/strict";

/**
 * Holds the conversation through a client.
 * @param client {sdk: the client itself, list(): tools, call(name, args): result, questions: what the person was asked}
 * @param asks whether the client can ask its person; if not, plans confirm
 */
export async function converse(client, asks) {
  const tools = await client.list();
  const names = tools.map((tool) => tool.name);
  for (const name of ["get_context", "select_team", "list_income_invoices", "create_income_invoice"]) {
    assert.ok(names.includes(name), `${name} is not among ${names.length} tools`);
  }
  for (const tool of tools) assert.equal(typeof tool.annotations?.readOnlyHint, "boolean", `${tool.name} has no readOnlyHint`);

  await readAround(client.sdk);
  const context = await answer(client, "get_context", {});
  assert.equal(context.sandbox, true);
  assert.equal(context.livemode, false);
  assert.match(context.team_info.rfc, /^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$/);

  const before = await answer(client, "list_income_invoices", { limit: 3 });
  assert.equal(before.data.length, 3);
  assert.equal(before.team, context.team);
  assert.ok(before.has_more && before.next && before.total_results >= 3, "the list does not say how it goes on");

  const refused = await client.call("list_income_invoices", { limits: 3 });
  assert.equal(refused.isError, true);
  assert.match(refused.structuredContent.error.message, /limits/);

  const service = await answer(client, "create_service", { description: "Servicio de prueba", unit_price: 1 });
  const stored = await answer(client, "get_service", { id: service.data.id });
  assert.equal(stored.data.description, "Servicio de prueba");

  const created = asks ? await stampByAsking(client, before) : await stampByPlan(client);
  assert.equal(created.status, "done");
  assert.match(created.data.uuid, /^[0-9A-F-]{36}$/i);
  assert.equal(Number(created.data.total), 1740);
  const after = await answer(client, "list_income_invoices", { limit: 3 });
  assert.equal(after.total_results, before.total_results + 1, "the invoice was not stamped exactly once");

  const waiting = await answer(client, "reset_user_password", { email: "diego@kemper.example.mx" });
  assert.equal(waiting.status, "waiting_for_approval");
  assert.ok(waiting.approval);
}

/** Everything that is offered besides tools. */
async function readAround(sdk) {
  const { prompts } = await sdk.listPrompts();
  assert.ok(prompts.some((prompt) => prompt.name === "month_end_close"));
  const prompt = await sdk.getPrompt({ name: "month_end_close", arguments: { month: "2026-06", language: "en" } });
  assert.match(prompt.messages[0].content.text, /2026-06/);
  const { completion } = await sdk.complete({ ref: { type: "ref/prompt", name: "month_end_close" }, argument: { name: "month", value: "2025-1" } });
  assert.deepEqual(completion.values.slice(0, 3), ["2025-12", "2025-11", "2025-10"]);

  const { resources } = await sdk.listResources();
  assert.ok(resources.some((resource) => resource.uri === "gigstack://catalogs/cfdi-uses"));
  for (const uri of ["gigstack://catalogs/cfdi-uses", "gigstack://catalog-codes/cfdi-uses/G03"]) {
    const { contents } = await sdk.readResource({ uri });
    assert.match(contents[0].text, /G03/);
  }
}

/** The person says no, and then yes. */
async function stampByAsking(client, before) {
  client.reply = { action: "decline" };
  const declined = await answer(client, "create_income_invoice", await sale(client));
  assert.equal(declined.status, "declined");
  const untouched = await answer(client, "list_income_invoices", { limit: 3 });
  assert.equal(untouched.total_results, before.total_results, "a declined invoice was stamped");

  client.reply = { action: "accept", content: { confirm: true } };
  const ticked = await answer(client, "create_income_invoice", await sale(client));
  assert.equal(ticked.status, "declined", "the total has to be typed");
  client.reply = { action: "accept", content: { confirm: "$ 1,740.00 MXN" } };
  const created = await answer(client, "create_income_invoice", await sale(client));
  assert.equal(client.questions.length, 3, "each call asks once");
  assert.match(client.questions[2], /1,?740/, "the question does not say how much");
  return created;
}

/** The agent reads the preview and calls again with the plan, which runs once. */
async function stampByPlan(client) {
  const invoice = await sale(client);
  const planned = await answer(client, "create_income_invoice", invoice);
  assert.equal(planned.status, "confirmation_required");
  assert.ok(planned.plan && planned.preview && planned.expires_at);
  assert.equal(planned.data, undefined);

  const other = await client.call("create_income_invoice", { ...invoice, payment_form: "01", plan: planned.plan });
  assert.equal(other.isError, true, "a plan confirmed another call");
  const created = await answer(client, "create_income_invoice", { ...invoice, plan: planned.plan });
  const again = await client.call("create_income_invoice", { ...invoice, plan: planned.plan });
  assert.equal(again.isError, true, "a plan ran twice");
  assert.equal(client.questions.length, 0);
  return created;
}

/** 1,500 MXN plus IVA to a company that can be invoiced. */
async function sale(client) {
  const { data } = await answer(client, "list_clients", { limit: 50 });
  const receiver = data.find((one) => one.is_valid && one.tax_id?.length === 12);
  assert.ok(receiver, "the sandbox has no company to invoice");
  const taxes = [{ type: "IVA", rate: 0.16, factor: "Tasa" }];
  const items = [{ description: "Asesoría", quantity: 2, unit_price: 750, product_key: "84111506", unit_key: "E48", taxes }];
  return { client: { id: receiver.id }, items, payment_form: "03", payment_method: "PUE" };
}

/** A call that must succeed, and what it answered. */
async function answer(client, name, args) {
  const result = await client.call(name, args);
  assert.ok(!result.isError, `${name}: ${JSON.stringify(result.structuredContent ?? result.content)}`);
  return result.structuredContent;
}
