// Real clients (the TypeScript SDK, both generations) talk to a server of ours
// in both eras of the protocol, over stdio and HTTP, able and unable to ask.
//
// usage: node run.mjs BINARY
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldHTTP } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { start } from "../server.mjs";
import { converse } from "./conversation.mjs";

const binary = process.argv[2];
const me = { name: "gigstack-mcp-ci", version: "1" };
const stdio = { command: binary, args: ["stdio", "--sandbox", "--allow-critical"], stderr: "ignore" };

/** What a client can do, and how it is told to ask. */
function capabilities(asks) {
  return asks ? { elicitation: { form: {} } } : {};
}

const clients = {
  "sdk 1, legacy": (asks, url) => {
    const client = new OldClient(me, { capabilities: capabilities(asks) });
    const listen = (reply) => asks && client.setRequestHandler(ElicitRequestSchema, reply);
    return { client, listen, transport: url ? new OldHTTP(new URL(url)) : new OldStdio(stdio) };
  },
  "client 2, legacy": modernClient("legacy", "2025-11-25"),
  "client 2, auto": modernClient("auto", "2026-07-28"),
  "client 2, modern": modernClient({ pin: "2026-07-28" }, "2026-07-28"),
};

/** A client that negotiates, and the version it must agree on. */
function modernClient(mode, expected) {
  return (asks, url) => {
    const client = new Client(me, { capabilities: capabilities(asks), versionNegotiation: { mode } });
    const listen = (reply) => asks && client.setRequestHandler("elicitation/create", reply);
    const transport = url ? new StreamableHTTPClientTransport(new URL(url)) : new StdioClientTransport(stdio);
    return { client, listen, transport, expected };
  };
}

async function talk(name, asks, url) {
  const { client, listen, transport, expected } = clients[name](asks, url);
  const agent = {
    sdk: client,
    questions: [],
    reply: undefined,
    list: async () => (await client.listTools()).tools,
    call: (tool, args) => client.callTool({ name: tool, arguments: args }),
  };
  listen(async (request) => {
    agent.questions.push(request.params.message);
    return agent.reply;
  });
  await client.connect(transport);
  try {
    const agreed = client.getNegotiatedProtocolVersion?.();
    if (agreed !== expected) throw new Error(`agreed on ${agreed}, not ${expected}`);
    await converse(agent, asks);
  } finally {
    await client.close();
  }
}

const server = await start(binary, "--allow-critical");
let failed = 0;
for (const [how, url] of [["stdio", undefined], ["http", server.url]]) {
  for (const name of Object.keys(clients)) {
    for (const asks of [true, false]) {
      const title = `${how}, ${name}, ${asks ? "asks its person" : "confirms by plan"}`;
      try {
        await talk(name, asks, url);
        console.log(`ok      ${title}`);
      } catch (error) {
        failed++;
        console.log(`FAILED  ${title}: ${error.stack}`);
      }
    }
  }
}
const code = await server.stop();
process.exitCode = failed > 0 || code !== 0 ? 1 : 0;
