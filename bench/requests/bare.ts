/** Node's own HTTP server, which reads a question and answers the same to all, without a look at it: what the machine can do. */
import { createServer } from "node:http";
import { runProgram } from "./programs.ts";

const ANSWER = '{"prediction":{"conversion_happened":1,"time_to_conversion_seconds":60},"confidence":0.8}';
const server = createServer((request, response) => {
  request.on("data", () => undefined);
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": ANSWER.length });
    response.end(ANSWER);
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = server.address();
await runProgram({ port: typeof address === "object" && address !== null ? address.port : 0 }, () => {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6 };
});
