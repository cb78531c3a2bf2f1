import type { LookupEntry } from "@polkadot-api/metadata-builders";
import { readFlag } from "./composites.ts";
import { type Cursor, fail, readAll } from "./cursor.ts";
import type { Runtime } from "./metadata.ts";
import { methodOf } from "./runtime-calls.ts";

/** The fields of an answer that were asked for, by name; those that the runtime does not have, or left out, are absent. */
export type Projection = Readonly<Record<string, unknown>>;

type Step = (cursor: Cursor, into: Record<string, unknown>) => void;

function stepOf(runtime: Runtime, name: string, type: LookupEntry, wanted: boolean): Step {
  if (!wanted) return runtime.scale(type.id).skip;
  // A selective answer says of every field whether it is there.
  const maybe = type.type === "option";
  const { read } = runtime.scale(maybe ? type.value.id : type.id);
  return (cursor, into) => {
    if (!maybe || readFlag(cursor)) into[name] = read(cursor);
  };
}

/**
 * A reader of some fields of an answer that is `Option<struct>`, in whatever order and of whatever widths the metadata says; the
 * rest is stepped over. Reading all of it would be as right, and three times as slow.
 */
export function createProjection(
  runtime: Runtime,
  api: string,
  method: string,
  fields: ReadonlySet<string>,
): (bytes: Uint8Array) => Projection | null {
  const what = `${api}.${method}`;
  const outer = runtime.lookup(methodOf(runtime, api, method).output);
  const inner = outer.type === "option" ? outer.value : outer;
  const steps = Object.entries(inner.type === "struct" ? inner.value : {}).map(([name, type]) =>
    stepOf(runtime, name, type, fields.has(name)),
  );
  return (bytes) =>
    readAll(what, bytes, (cursor) => {
      if (inner.type !== "struct") fail(cursor, "a type without fields");
      if (outer.type === "option" && !readFlag(cursor)) return null;
      const into: Record<string, unknown> = {};
      for (const step of steps) step(cursor, into);
      return into;
    });
}
