import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KernelsDamagedError } from "../errors.ts";

/**
 * What of WebAssembly this room uses: Node has it, TypeScript's `lib` for servers has not.
 * https://webassembly.github.io/spec/js-api/
 */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: object) => { readonly exports: unknown };
}
const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/**
 * `() -> v128 { i8x16.relaxed_swizzle(0, 0) }`: the smallest module that validates only where relaxed SIMD does.
 * https://github.com/WebAssembly/relaxed-simd/blob/main/proposals/relaxed-simd/Overview.md
 */
const RELAXED_PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0],
  ...[65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

/** Whether this Node has relaxed SIMD (22 and later): faster, but other processors may round otherwise. */
export const hasRelaxedSimd = (): boolean => api.validate(RELAXED_PROBE);

/** Beside this file when it is built; in dist/ when the TypeScript is run as it is, by the tests. */
const FOLDERS = ["./", "../../../dist/learning/kernels/"];

function bytesOf(url: URL): Uint8Array | null {
  try {
    return readFileSync(url);
  } catch (error) {
    // Missing: the plain kernels do the same work.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function readModule(file: string, folders: readonly string[]): object | null {
  for (const folder of folders) {
    const url = new URL(file, new URL(folder, import.meta.url));
    const bytes = bytesOf(url);
    if (bytes === null) continue;
    try {
      return new api.Module(bytes);
    } catch (cause) {
      throw new KernelsDamagedError({ path: fileURLToPath(url), cause });
    }
  }
  return null;
}

const modules = new Map<string, object | null>();

/**
 * A module of kernels, compiled once in a process, at its first use.
 *
 * @param deterministic plain SIMD always: the same bits on every machine.
 * @returns null when its file is missing.
 * @throws {KernelsDamagedError} when it is no module.
 * @example
 * const module = loadModule("network", { deterministic: false });
 * if (module !== null) instantiate(module); // { memory, relaxed(), ... }
 */
export function loadModule(
  name: string,
  { deterministic, folders = FOLDERS }: { deterministic: boolean; folders?: readonly string[] },
): object | null {
  const file = !deterministic && hasRelaxedSimd() ? `${name}.relaxed.wasm` : `${name}.wasm`;
  const key = folders.join() + file;
  let module = modules.get(key);
  if (module === undefined) {
    module = readModule(file, folders);
    modules.set(key, module);
  }
  return module;
}

/** A new instance with a memory of its own; its exports are for the caller to give a type. */
export function instantiate(module: object): unknown {
  return new api.Instance(module, {}).exports;
}
