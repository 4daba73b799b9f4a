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
const latest = join(modules, "@modelcontextprotocol/conformance/dist/index.js");
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
  console.log(
    `${subject} ${suite.name}: ${results.size} scenarios (${seen.clean} without a failure); checks: ` +
      `${seen.passed} passed, ${seen.failed} failed (${seen.explained} explained), ${seen.skipped} skipped, ` +
      `${seen.warnings} warnings; ${((Date.now() - begin) / 1000).toFixed(1)} s`,
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
    await new Promise((resolve) => execFile(process.execPath, [...args, "--url", url, "-o", out], { timeout: 240_000, maxBuffer: 1 << 28 }, resolve));
    const results = new Map();
    for (const dir of (await readdir(out)).sort()) {
      const scenario = dir.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, "");
      results.set(scenario, JSON.parse(await readFile(join(out, dir, "checks.json"))));
    }
    return results;
  } finally {
    await rm(out, { recursive: true });
  }
}

/** Counts checks, and notes what is not as expected. */
function compare(suite, results) {
  const seen = { clean: 0, passed: 0, failed: 0, explained: 0, skipped: 0, warnings: 0 };
  const explained = Object.values(expected[subject][suite] ?? {}).flat();
  const needed = new Set(explained);
  for (const [scenario, checks] of results) {
    const failures = checks.filter((check) => check.status === "FAILURE");
    for (const check of failures) {
      const entry = [scenario, `${scenario}/${check.id}`].find((name) => explained.includes(name));
      if (entry) seen.explained++, needed.delete(entry);
      else problems.push(`${suite} ${scenario}/${check.id}: ${check.errorMessage ?? check.description}`);
    }
    const count = (status) => checks.filter((check) => check.status === status).length;
    seen.failed += failures.length;
    seen.passed += count("SUCCESS");
    seen.skipped += count("SKIPPED");
    seen.warnings += count("WARNING");
    if (failures.length === 0) seen.clean++;
  }
  for (const entry of needed) problems.push(`${suite} ${entry}: expected to fail and did not; take it out of expected.json`);
  if (results.size !== expected.scenarios[suite]) problems.push(`${suite}: ${results.size} scenarios ran, not ${expected.scenarios[suite]}`);
  if (seen.passed === 0) problems.push(`${suite}: nothing passed`);
  return seen;
}
