import type { Failure } from "./errors.ts";

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "begin"; readonly module: string; readonly name: string; readonly shared: unknown }
  | { readonly kind: "piece"; readonly index: number; readonly input: unknown };

/** What a worker says. */
export type FromWorker =
  | { readonly kind: "progress"; readonly index: number; readonly share: number }
  | { readonly kind: "done"; readonly index: number; readonly output: unknown }
  | { readonly kind: "failed"; readonly index: number; readonly failure: Failure };
