// The MCP Inspector lists our tools, strictly: a schema that some client could
// not use is an error.
//
// usage: node inspector.mjs BINARY
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { start } from "./server.mjs";

const binary = process.argv[2];
const inspector = new URL("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url).pathname;
const server = await start(binary);
const ways = { stdio: [binary, "stdio", "--sandbox"], http: [server.url, "--transport", "http"] };
for (const [how, target] of Object.entries(ways)) {
  for (const era of ["legacy", "modern"]) {
    const args = [inspector, "--cli", ...target, "--protocol-era", era, "--method", "tools/list", "--strict", "--format", "json"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28, timeout: 60_000 });
    const { tools } = JSON.parse(stdout).result;
    if (!(tools.length > 0)) throw new Error(`${how}, ${era}: no tools`);
    console.log(`ok      ${how}, ${era}: ${tools.length} tools, every schema is portable`);
  }
}
process.exitCode = await server.stop();
