/** The metadata that tests of the codec run on: ours always, and the real files where they lie beside the repository. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { smallMetadata } from "./small-metadata.ts";

const REAL = new URL("../../../shared/chain/", import.meta.url);

export interface TestRuntime {
  readonly name: string;
  readonly spec: 293 | 424;
  readonly metadata: Uint8Array;
}

const ours: readonly TestRuntime[] = ([293, 424] as const).flatMap((spec) =>
  ([14, 15, 16] as const).map((version) => ({
    name: `small metadata of ${spec}, V${version}`,
    spec,
    metadata: smallMetadata({ spec, version }),
  })),
);

function real(spec: 293 | 424): readonly TestRuntime[] {
  const path = fileURLToPath(new URL(`metadata-${spec}.scale`, REAL));
  if (!existsSync(path)) return [];
  return [{ name: `real metadata of ${spec}`, spec, metadata: new Uint8Array(readFileSync(path)) }];
}

/** Those of the two specs that are at hand. */
export const REAL_RUNTIMES = [...real(293), ...real(424)];
/** Names of the real ones that are not, for tests to be skipped by name. */
export const ABSENT_RUNTIMES = [293, 424]
  .filter((spec) => !REAL_RUNTIMES.some((runtime) => runtime.spec === spec))
  .map((spec) => `skipped: no real metadata of ${spec} beside the repository`);
export const RUNTIMES = [...ours, ...REAL_RUNTIMES];
/** Those that say which runtime APIs they have: V14 does not. */
export const RUNTIMES_WITH_APIS = RUNTIMES.filter(({ name }) => !name.endsWith("V14"));
