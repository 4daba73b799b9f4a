// Runs the official conformance suite against a server of ours and compares
// every check that fails with the ones that expected.json explains.
//
// usage: node run.mjs product|fixtures BINARY
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../server.mjs";

const modules = new URL("../node_modules/", import.meta.url).pathname;
const conformance = join(modules, "@modelcontextprotocol/conformance");
const latest = join(conformance, "dist/index.js");
const suites = [
  { name: "2025-11-25", args: [latest, "server", "--requirements", "2025-11-25"] },
  { name: "2026-07-28", args: [latest, "server", "--requirements", "2026-07-28"] },
  { name: "0.1.16", args: [join(modules, "conformance-legacy/dist/index.js"), "server", "--suite", "all"] },
];

const [subject, binary] = process.argv.slice(2);
const expected = JSON.parse(await readFile(new URL("expected.json", import.meta.url)));
const server = await start(binary);
const problems = [];
for (const suite of suites) {
  const begin = Date.now();
  const results = await runSuite(suite, server.url);
  const seen = compare(suite.name, results);
  const unscored = await unscoredOf(suite.name);
  const scored = count([...results].filter(([scenario]) => !unscored.includes(scenario)));
  console.log(
    `${subject} ${suite.name}: ${results.size} scenarios, ${seen.clean} without a failure; checks: ${seen.SUCCESS} passed, ` +
      `${seen.FAILURE} failed (${seen.explained} explained), ${seen.SKIPPED} skipped, ${seen.WARNING} warnings; ` +
      `those the revision scores: ${scored.SUCCESS} passed, ${scored.FAILURE} failed; ${((Date.now() - begin) / 1000).toFixed(1)} s`,
  );
}
const code = await server.stop();
if (code !== 0) problems.push(`the server ended with ${code}:\n${server.log.slice(-20).join("\n")}`);
for (const problem of problems) console.error(`  ! ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Runs one suite and returns its checks by scenario. */
async function runSuite({ args }, url) {
  const out = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    // Its exit code says only that something failed; the files say what.
    const said = await new Promise((resolve) => {
      const options = { timeout: 240_000, maxBuffer: 1 << 28 };
      execFile(process.execPath, [...args, "--url", url, "-o", out], options, (_, stdout, stderr) => resolve(stdout + stderr));
    });
    const results = new Map();
    for (const dir of (await readdir(out)).sort()) {
      const scenario = dir.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, "");
      results.set(scenario, JSON.parse(await readFile(join(out, dir, "checks.json"))));
    }
    if (results.size === 0) throw new Error(`the suite ran nothing and said:\n${said}`);
    return results;
  } finally {
    await rm(out, { recursive: true });
  }
}

/** Scenarios that a revision runs without requiring them. */
async function unscoredOf(revision) {
  if (!/^\d{4}-/.test(revision)) return [];
  const yaml = await readFile(join(conformance, "requirements", `${revision}.yaml`), "utf8");
  return [...yaml.matchAll(/scenario: (\S+)\s+leg: server/g)].map(([, scenario]) => scenario);
}

/** Counts checks by status, and scenarios without a failure. */
function count(results) {
  const seen = { clean: 0, SUCCESS: 0, FAILURE: 0, SKIPPED: 0, WARNING: 0, INFO: 0 };
  for (const [, checks] of results) {
    for (const check of checks) seen[check.status]++;
    if (!checks.some((check) => check.status === "FAILURE")) seen.clean++;
  }
  return seen;
}

/** Counts, and notes what is not as expected. */
function compare(suite, results) {
  const seen = { ...count(results), explained: 0 };
  const explained = Object.values(expected[subject][suite] ?? {}).flat();
  const unseen = new Set(explained);
  for (const [scenario, checks] of results) {
    for (const check of checks.filter((check) => check.status === "FAILURE")) {
      const entry = [scenario, `${scenario}/${check.id}`].find((name) => explained.includes(name));
      if (entry) seen.explained++, unseen.delete(entry);
      else problems.push(`${suite} ${scenario}/${check.id}: ${check.errorMessage ?? check.description}`);
    }
  }
  for (const entry of unseen) problems.push(`${suite} ${entry}: expected to fail and did not; take it out of expected.json`);
  if (results.size !== expected.scenarios[suite]) problems.push(`${suite}: ${results.size} scenarios ran, not ${expected.scenarios[suite]}`);
  return seen;
}
