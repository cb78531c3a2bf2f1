import type { OverviewView } from "../views.ts";
import type { Doc, Documents } from "./documents.ts";
import type { LinkState } from "./live.ts";

/** What a view draws from. */
export interface Scene {
  readonly docs: Documents;
  readonly path: readonly string[];
  readonly overview: Doc<OverviewView>;
  readonly link: LinkState;
  /** By the node's clock. */
  readonly nowMs: number;
}
