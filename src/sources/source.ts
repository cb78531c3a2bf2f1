import type { ConversationEvent } from "../schema.ts";

/** Where conversations come from: what is said now, and what came of it later. */
export interface Source {
  /** For logs: `"replay"`, `"simulated"`. */
  readonly name: string;
  /**
   * The events in the order of the virtual clock, as fast as they are pulled or as the source's speed allows. An aborted
   * signal ends the iteration at once and without an error: look at the signal to tell it from a source that ran out.
   */
  events(signal: AbortSignal): AsyncIterable<ConversationEvent>;
  /**
   * True while it gives out again what it gave out before a restart: questions that these events bring were asked then, and are in
   * the history. Absent = it never does.
   */
  readonly replaying?: boolean;
}
