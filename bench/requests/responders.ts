/** Many miners that answer at once, in the wire that they are asked in, whoever asks. Argument: how many. */
import { createServer } from "node:net";
import { axon, btauth, QUESTION_PATH } from "../../src/protocol/index.ts";
import { runProgram } from "./programs.ts";

const value = { prediction: { conversion_happened: 1, time_to_conversion_seconds: 60 }, confidence: 0.8 };
/** A v10 dendrite builds its class from the answer, so a question's required field must be in it. */
const body = new TextEncoder().encode(JSON.stringify({ features: { session_id: "q", total_messages: 4 } }));

function responseOf({ response }: typeof axon): Buffer {
  const asked = { headers: new Headers(), target: QUESTION_PATH, body, seconds: 0.000_1, available: [] };
  const { headers, body: text } = response.write({ ok: true, value }, asked);
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(text)) });
  return Buffer.from(`HTTP/1.1 200 OK\r\n${lines.map(([name, text]) => `${name}: ${text}\r\n`).join("")}\r\n${text}`);
}
const [inAxon, inBtauth] = [responseOf(axon), responseOf(btauth)];

function openMiner(): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let got = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
      const end = got.indexOf("\r\n\r\n");
      const length = Number(/^content-length: *(\d+)/im.exec(got)?.[1] ?? 0);
      if (end < 0 || got.length < end + 4 + length) return;
      socket.write(/^bt_header_dendrite_signature/im.test(got) ? inAxon : inBtauth);
      got = "";
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}

const ports = await Promise.all(Array.from({ length: Number(process.argv[2]) }, openMiner));
await runProgram({ ports: ports.join(",") }, () => ({}));
