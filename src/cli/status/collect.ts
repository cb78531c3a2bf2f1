import type { z } from "zod";
import { errorText } from "../../core/index.ts";
import { getAdmin, type RunFile, readRunFiles } from "../../dashboard/index.ts";
import { firstIssue } from "../../schema.ts";
import {
  type LogLine,
  logsSchema,
  type MinerDocument,
  minerSchema,
  type NetworkDocument,
  networkSchema,
  overviewSchema,
  readySchema,
  type ValidatorDocument,
  validatorSchema,
} from "./documents.ts";

/** One thing that a node shows. */
export type Shown =
  | { readonly kind: "miner"; readonly name: string; readonly hotkey: string | null; readonly document: MinerDocument }
  | {
      readonly kind: "validator";
      readonly name: string;
      readonly hotkey: string | null;
      readonly document: ValidatorDocument;
    }
  | { readonly kind: "network"; readonly name: string; readonly hotkey: null; readonly document: NetworkDocument };
/** A process that runs nodes, as it says of itself. */
export interface NodeState {
  readonly run: RunFile;
  /** Why nothing more is known; null = it answered. */
  readonly problem: string | null;
  readonly ready: boolean | null;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  readonly shown: readonly Shown[];
  /** Warnings and errors, the newest first. */
  readonly trouble: readonly LogLine[];
}

const TIMEOUT_MS = 2_000;
const TROUBLE = 8;
/** Of a demo's many miners the leaderboard tells enough. */
const MOST_DOCUMENTS = 4;

/** A document of a node, parsed. */
export async function documentOf<T>(
  run: RunFile,
  path: string,
  schema: z.ZodType<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { body } = await getAdmin(run, path, { timeoutMs: TIMEOUT_MS, ...(signal !== undefined && { signal }) });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const { field, problem } = firstIssue(parsed.error);
  throw new Error(`${path} says something that this version does not know: ${field}: ${problem}`);
}

async function stateOf(run: RunFile, signal?: AbortSignal): Promise<NodeState> {
  const nothing = { run, ready: null, reasons: [], shown: [], trouble: [] };
  if (run.url === null) return { ...nothing, problem: "it has no admin server (--no-admin)" };
  try {
    const [overview, { ready, reasons }, { lines }] = await Promise.all([
      documentOf(run, "/api/overview", overviewSchema, signal),
      documentOf(run, "/readyz", readySchema, signal),
      documentOf(run, `/api/logs?level=warn&limit=${TROUBLE}`, logsSchema, signal),
    ]);
    const order = { validator: 0, miner: 1, network: 2 };
    const miners = overview.nodes.filter(({ kind }) => kind === "miner").length;
    const wanted = overview.nodes.filter(({ kind }) => kind !== "miner" || miners <= MOST_DOCUMENTS);
    const shown = await Promise.all(
      wanted.map(async ({ id, kind, name, hotkey }): Promise<Shown> => {
        if (kind === "miner")
          return { kind, name, hotkey, document: await documentOf(run, `/api/miners/${id}`, minerSchema, signal) };
        if (kind === "validator")
          return {
            kind,
            name,
            hotkey,
            document: await documentOf(run, `/api/validators/${id}`, validatorSchema, signal),
          };
        return {
          kind,
          name,
          hotkey: null,
          document: await documentOf(run, `/api/networks/${id}`, networkSchema, signal),
        };
      }),
    );
    shown.sort((a, b) => order[a.kind] - order[b.kind]);
    return { run, problem: null, ready, reasons: reasons.map(({ message }) => message), shown, trouble: lines };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...nothing, problem: errorText(error) };
  }
}

/** All nodes of this user that run on this machine, as they say of themselves now; each is asked under a deadline, all at once. */
export async function collect(home: string, signal?: AbortSignal): Promise<NodeState[]> {
  const runs = await readRunFiles(home);
  return Promise.all(runs.filter(({ kind }) => kind !== "dashboard").map((run) => stateOf(run, signal)));
}
