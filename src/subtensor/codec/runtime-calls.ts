import { InvalidArgumentError } from "../../core/index.ts";
import { readAll } from "./cursor.ts";
import { RuntimeLacksError } from "./errors.ts";
import type { Runtime } from "./metadata.ts";
import type { Writer } from "./primitives.ts";

/** What `state_call` is asked. */
export interface RuntimeCall {
  /** `Api_method`. */
  readonly method: string;
  readonly data: Uint8Array;
}

function findMethod({ metadata }: Runtime, api: string, method: string) {
  return metadata.apis.find(({ name }) => name === api)?.methods.find(({ name }) => name === method);
}

/** Whether the runtime answers a method; V14 metadata names none. */
export function hasMethod(runtime: Runtime, api: string, method: string): boolean {
  return findMethod(runtime, api, method) !== undefined;
}

/** @throws {RuntimeLacksError} when the runtime does not have it. */
export function methodOf(runtime: Runtime, api: string, method: string) {
  const found = findMethod(runtime, api, method);
  if (found === undefined) throw new RuntimeLacksError({ kind: "runtime API", item: `${api}.${method}` });
  return found;
}

/** The question, its arguments by position. */
export function encodeRuntimeCall(
  runtime: Runtime,
  api: string,
  method: string,
  args: readonly unknown[],
): RuntimeCall {
  const { inputs } = methodOf(runtime, api, method);
  const argument = `${api}.${method}`;
  if (args.length !== inputs.length)
    throw new InvalidArgumentError({ argument, problem: `takes ${inputs.length} arguments, not ${args.length}` });
  const writer: Writer = [];
  for (const [i, { name, type }] of inputs.entries()) runtime.scale(type).write(writer, args[i], `${argument}.${name}`);
  return { method: `${api}_${method}`, data: Uint8Array.from(writer) };
}

/** The answer. */
export function decodeRuntimeResult(runtime: Runtime, api: string, method: string, bytes: Uint8Array): unknown {
  return readAll(`${api}.${method}`, bytes, runtime.scale(methodOf(runtime, api, method).output).read);
}
