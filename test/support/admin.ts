import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";

/** What an admin server said; its headers as they were. */
export interface Said {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request with any headers, Host too, as a program sends it and no browser may. */
export function ask(
  url: string,
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asking = request({ host: hostname, port, path, method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

/** An event as it came. */
export interface StreamEvent {
  readonly id: string;
  readonly name: string;
  readonly data: Record<string, unknown>;
}
/** A client of the event stream. */
export interface EventStream {
  readonly events: StreamEvent[];
  /** Waits for the first event of a name from some place on. */
  next(name: string, from?: number): Promise<StreamEvent>;
  readonly comments: number;
  readonly ended: boolean;
  close(): void;
}

/** Opens `/api/events`, as a browser does. */
export function follow(url: string, headers: Record<string, string> = {}, path = "/api/events"): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const events: StreamEvent[] = [];
    let [rest, comments, ended] = ["", 0, false];
    const asking = request({ host: hostname, port, path, headers, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return reject(new Error(`status ${response.statusCode}`));
      }
      response.setEncoding("utf8").on("data", (part) => {
        const frames = (rest + part).split("\n\n");
        rest = frames.pop() ?? "";
        for (const frame of frames) {
          const fields = new Map(
            frame.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]),
          );
          const data = fields.get("data");
          if (data === undefined) comments += 1;
          else events.push({ id: fields.get("id") ?? "", name: fields.get("event") ?? "", data: JSON.parse(data) });
        }
      });
      response.once("close", () => {
        ended = true;
      });
      resolve({
        events,
        get comments() {
          return comments;
        },
        get ended() {
          return ended;
        },
        async next(name, from = 0) {
          for (;;) {
            const found = events.slice(from).find((one) => one.name === name);
            if (found !== undefined) return found;
            if (ended) throw new Error(`the stream ended before "${name}" came`);
            await new Promise((wait) => setTimeout(wait, 2));
          }
        },
        close: () => void asking.destroy(),
      });
    });
    asking.once("error", (error) => (ended ? undefined : reject(error)));
    asking.end();
  });
}

/** Raw bytes in, some of them a moment later, the status line out; "" when the connection is cut. */
export function rawStatus(port: number, text: string, later = ""): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(text);
      if (later !== "") setTimeout(() => socket.write(later), 100);
    });
    socket.on("data", (part) => {
      said += part;
      socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said.split("\r\n")[0] ?? ""));
  });
}
