// A server under test, over HTTP, on a port that the system chose.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts `binary http --sandbox` and resolves once it listens. */
export async function start(binary, ...flags) {
  const child = spawn(binary, ["http", "--sandbox", "--addr", "127.0.0.1:0", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill());
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const log = [];
  const url = await new Promise((resolve, reject) => {
    child.once("error", reject);
    ended.then((code) => reject(new Error(`${binary} ended with ${code}:\n${log.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      log.push(line);
      const started = line.startsWith("{") && JSON.parse(line).url;
      if (started) resolve(started);
    });
  });
  /** Ends the server and returns its exit code, 0 when it stopped as it should. */
  const stop = () => (child.kill("SIGTERM"), ended);
  return { url, log, stop };
}
