import { createHash } from "node:crypto";
import { z } from "zod";
import type { Task } from "../../jobs/index.ts";
import { PREFIX } from "./bull.ts";

/** Keys of a run live as long as whoever started it says so, and this much longer. */
export const RUN_MS = 60_000;

export const keysOf = (run: string) => {
  const of = (part: string) => `${PREFIX}:run:${run}:${part}`;
  return { alive: of("alive"), inputs: of("in"), outputs: of("out"), shared: of("shared") };
};
export const jobIdOf = (run: string, index: number) => `${run}-${index}`;

/** Where the data lies that all pieces of a run read. */
export const sharedSchema = z.strictObject({
  /** SHA-256 (hex). */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
  /** "redis", "folder", or the address of an HTTP server with its token. */
  from: z.string().max(300),
  token: z.string().max(100),
});
export type SharedPlace = z.infer<typeof sharedSchema>;

/** A piece as it stands in the queue; its input lies beside it, sealed together with all of this. */
export const pieceSchema = z.strictObject({
  run: z.string().regex(/^[0-9a-f]{32}$/),
  index: z.int().min(0),
  /** {@link taskIdOf} */
  task: z.string().max(300),
  /** Of the package and of Node: results of others may differ. */
  version: z.string().max(100),
  shared: sharedSchema,
});
export type Piece = z.infer<typeof pieceSchema>;

/** All that decides what is done with an input. */
export const inputContext = ({ run, index, task, version, shared }: Piece) => [
  ...["in", run, index, task, version],
  ...[shared.hash, shared.bytes, shared.from, shared.token],
];
export const outputContext = ({ run, index }: Pick<Piece, "run" | "index">) => ["out", run, index];

/** The package and the release of Node, on which the last digits of a result may depend. */
export const versionOf = (version: string) => `${version} on Node ${process.versions.node.split(".")[0]}`;

const ROOT = new URL("../../../", import.meta.url).href;

/**
 * Which task it is, on every machine: its module within this package, and its name. It is looked up in a list, never loaded.
 *
 * @example
 * taskIdOf(trialFold); // "learning/sweep/trial#trialFold"
 */
export function taskIdOf({ module, name }: Pick<Task<never, never, unknown>, "module" | "name">): string {
  const [, within] = /^(?:src|dist)\/(.*)\.[jt]s$/.exec(module.startsWith(ROOT) ? module.slice(ROOT.length) : "") ?? [];
  return `${within ?? `module ${createHash("sha256").update(module).digest("hex").slice(0, 16)}`}#${name}`;
}
