import { type Landmark, landmarkName } from "../schema.ts";
import type { Earlier, OpenQuestion } from "./desk.ts";
import type { OpenRecord } from "./history/port.ts";

/** Questions from before a restart, until their conversations come up again; see {@link createResumption}. */
export interface Resumption {
  /** For the desk: it takes up what it finds. */
  readonly earlier: Earlier;
  /** The source gives all out again that it ever will: what nobody took up is handed to `giveUp`, once. */
  over(giveUp: (open: OpenQuestion) => void): void;
}

const keyOf = (conversationId: string, landmark: Landmark) => `${landmarkName(landmark)} ${conversationId}`;

/**
 * Keeps what is open until the source has given out its conversations again. Each question is found once, by its conversation and landmark.
 *
 * @param gives false for a source that begins anew: its conversations may have the names of others, so nothing is found.
 */
export function createResumption(
  open: readonly OpenRecord[],
  { lastNumber, gives }: { readonly lastNumber: number; readonly gives: boolean },
): Resumption {
  const waiting = new Map<string, OpenQuestion>();
  /** Asked twice under one name: by runs of a source that begins anew. */
  const shadowed: OpenQuestion[] = [];
  for (const { open: question } of open) {
    const key = keyOf(question.conversationId, question.landmark);
    const before = waiting.get(key);
    if (before !== undefined) shadowed.push(before);
    waiting.set(key, question);
  }
  return {
    earlier: {
      lastNumber,
      find(conversationId, landmark) {
        const key = keyOf(conversationId, landmark);
        const found = gives ? waiting.get(key) : undefined;
        if (found !== undefined) waiting.delete(key);
        return found;
      },
    },
    over(giveUp) {
      const left = [...shadowed.splice(0), ...waiting.values()];
      waiting.clear();
      for (const question of left) giveUp(question);
    },
  };
}
