import type { EventHub } from "./event-hub.ts";
import type { Query } from "./query.ts";
import type { NodeView, ReadyView } from "./views.ts";

/** What one node tells: its documents, its readiness, its events. It reads; it never changes the node. */
export interface Feed {
  readonly node: NodeView;
  /** Why the node does not do its work now; empty when it does. */
  reasons(): readonly Omit<ReadyView["reasons"][number], "node">[];
  /**
   * A document below the node's own path: `[]` is the node's view.
   *
   * @returns undefined when there is none of that name.
   */
  read(path: readonly string[], query: Query): unknown;
  /** Begins to follow the node, and to tell of it while anybody looks. */
  start(hub: EventHub): void;
  stop(): Promise<void> | void;
}

/** An SS58 address, as far as a path must be one. */
export const HOTKEY = /^[1-9A-HJ-NP-Za-km-z]{40,60}$/;

/** Why a node does not do its work; docs/dashboard.md has a row for each. */
export type ReasonCode =
  | "STOPPING"
  | "STARTING"
  | "NOT_REGISTERED"
  | "NO_PERMIT"
  | "NOT_SERVING"
  | "NONCES_LOST"
  | "EVENTS_LOST"
  | "CHAIN_LOST"
  | "ENDED";
export const reason = (code: ReasonCode, message: string): { readonly code: string; readonly message: string } => ({
  code,
  message,
});
