import type { EventMap, HelloEvent } from "../views.ts";

/** What the page says of its connection. */
export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "reconnecting"; readonly sinceMs: number }
  | { readonly kind: "stale"; readonly sinceMs: number };

/** Names of events with data; `hello` and `reset` are dealt with here. */
const NAMES = [
  ...(["asked", "answered", "settled", "flow", "leaderboard", "weights", "miner", "feedback"] as const),
  ...(["model", "block", "chain", "log", "ready"] as const),
] as const satisfies readonly (keyof EventMap)[];
export type EventName = (typeof NAMES)[number];

/** Without news so long while reconnecting, what is shown is called stale. */
const STALE_AFTER_MS = 8_000;
/** A silent stream is looked after: asleep laptops and proxies drop connections without a word. */
const WATCH_MS = 20_000;
const REOPEN_MS = 2_000;

export interface LiveOptions {
  readonly url: string;
  readonly onEvent: <N extends EventName>(name: N, data: EventMap[N]) => void;
  /** Everything must be read again: a first connection, a restart, or a gap. */
  readonly onReset: () => void;
  readonly onState: (state: LinkState) => void;
  /** The id of the node's newest event, asked for by another way. */
  readonly lookUp: () => Promise<string>;
}

/**
 * The node's events as they come. The browser reconnects by itself and says what it saw last; what was missed is told again, and each
 * event changes documents in a way that may be done twice. Where the stream was refused, it is opened anew.
 */
export function openLive({ url, onEvent, onReset, onState, lookUp }: LiveOptions): void {
  let source: EventSource;
  let lastId = "";
  let heardAtMs = Date.now();
  let lostAtMs: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const heard = (event: MessageEvent<string>) => {
    heardAtMs = Date.now();
    if (event.lastEventId !== "") lastId = event.lastEventId;
  };
  const lost = () => {
    lostAtMs ??= Date.now();
    onState({ kind: Date.now() - lostAtMs > STALE_AFTER_MS ? "stale" : "reconnecting", sinceMs: heardAtMs });
    // The browser has given up, as it does when it is answered with a status that is no stream.
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(timer);
      timer = setTimeout(open, REOPEN_MS);
    }
  };
  const open = () => {
    source?.close();
    source = new EventSource(url);
    source.addEventListener("error", lost);
    source.addEventListener("hello", (event: MessageEvent<string>) => {
      heard(event);
      lostAtMs = null;
      onState({ kind: "live" });
      const hello = JSON.parse(event.data) as HelloEvent;
      lastId = hello.lastEventId;
      if (!hello.resumed) onReset();
    });
    source.addEventListener("reset", (event: MessageEvent<string>) => {
      heard(event);
      onReset();
    });
    for (const name of NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        heard(event);
        onEvent(name, JSON.parse(event.data) as EventMap[typeof name]);
      });
    }
  };
  const watch = async () => {
    if (lostAtMs !== null) return lost();
    if (Date.now() - heardAtMs < WATCH_MS) return;
    const before = lastId;
    const newest = await lookUp().catch(() => null);
    if (lastId !== before) return;
    if (newest === before) heardAtMs = Date.now();
    else open();
  };
  onState({ kind: "connecting" });
  open();
  setInterval(watch, 2_000);
}
