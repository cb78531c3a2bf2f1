import type { IngestEvent } from "./events.ts";

/** Events on their way into the store, by conversation: they count before they are held. */
export interface Coming {
  messages(conversation: string): number;
  all(conversation: string): number;
  /** What one request brings; `end` takes all of it back. */
  begin(): { add(conversation: string, event: Pick<IngestEvent, "type">): void; end(): void };
}

/**
 * @example
 * const coming = createComing();
 * coming.begin().add("shop/c-1", { type: "message" });
 * coming.messages("shop/c-1"); // 1
 */
export function createComing(): Coming {
  const counts = new Map<string, { messages: number; all: number }>();
  const move = (id: string, isMessage: boolean, by: 1 | -1) => {
    const one = counts.get(id) ?? { messages: 0, all: 0 };
    counts.set(id, one);
    one.all += by;
    if (isMessage) one.messages += by;
    if (one.all === 0) counts.delete(id);
  };
  return {
    messages: (id) => counts.get(id)?.messages ?? 0,
    all: (id) => counts.get(id)?.all ?? 0,
    begin() {
      const own: [id: string, isMessage: boolean][] = [];
      return {
        add(id, { type }) {
          own.push([id, type === "message"]);
          move(id, type === "message", 1);
        },
        end() {
          for (const [id, isMessage] of own.splice(0)) move(id, isMessage, -1);
        },
      };
    },
  };
}
