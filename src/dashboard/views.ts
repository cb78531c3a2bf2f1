/*
 * What the admin server of a node says, document by document and event by event: plain JSON, and the contract with the page in `page/`.
 * The `views*.ts` files import nothing but each other, so that browser code may import their types. Changes only add. Rules that hold everywhere:
 * - times: `...AtMs` are ms since 1970 by this machine's clock; `...Seconds` of a question are on the conversation clock;
 * - amounts are in TAO, as numbers; shares are 0 to 1; null = not known, or nothing to say yet; no NaN, no bigint;
 * - lists are bounded; where there may be more, `next` is what to give as `before` for the following page, null = that was all;
 * - texts may come from strangers (refusals, log lines): show them as text, never as markup;
 * - the page: each file right in `page/` ending in .html, .js, .css, .svg, .png, .ico, .woff2 or .webmanifest is read when the server starts and served under
 *   its own name (`/app.js`), `index.html` at `/` too; nothing else is, so routes are in the hash. A build must bring the folder to `dist/dashboard/page/`;
 * - where a token is asked for, `/` goes to `/login` until there is a cookie; the login page is the server's own;
 * - every document has a weak ETag: ask with If-None-Match and get 304 while nothing has changed.
 */

export type * from "./views-events.ts";
export type * from "./views-miner.ts";
export type * from "./views-network.ts";
export type * from "./views-validator.ts";

// ---------------------------------------------------------------- what is here

export type NodeKind = "miner" | "validator" | "network";
/** One thing to look at. Its documents are under `/api/miners/ID`, `/api/validators/ID`, `/api/networks/ID`. */
export interface NodeView {
  /** `[a-z0-9-]{1,64}`, part of paths. */
  readonly id: string;
  readonly kind: NodeKind;
  /** For people: "trained-a", "miner", a network's name. */
  readonly name: string;
  readonly hotkey: string | null;
  readonly netuid: number | null;
  readonly network: string | null;
  /** False = read from files: nothing runs, and no events come of it. */
  readonly live: boolean;
}
/** `GET /api/overview`: what the page reads first. */
export interface OverviewView {
  /** Version of this contract. */
  readonly api: 1;
  readonly version: string;
  /** Another one after every restart. */
  readonly bootId: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** Validators, miners, networks, in the order to show them. */
  readonly nodes: readonly NodeView[];
  /** As in {@link ReadyView}. */
  readonly ready: boolean;
  /** Id of the newest event: documents read after this hold it. */
  readonly lastEventId: string;
}
/** `GET /healthz`, 200 while the process answers at all. */
export interface HealthView {
  readonly status: "ok";
  readonly uptimeSeconds: number;
}
/** `GET /readyz`: 200 when ready, else 503; the same document. */
export interface ReadyView {
  readonly ready: boolean;
  /** Why it is not, one each; empty when ready. */
  readonly reasons: readonly { readonly node: string; readonly code: string; readonly message: string }[];
}
/** Any refusal (400, 401, 403, 404, 405, 421, 429, 503). 401 on `/api`: post the token to `/login`, or go there. */
export interface ErrorView {
  readonly error: string;
  readonly message: string;
}

// ---------------------------------------------------------------- parts

/** How many of what, most first. */
export interface CountView {
  readonly name: string;
  readonly count: number;
}
/** Counts between edges: `counts[i]` are from `edges[i]` to below `edges[i + 1]`; the last bin is open above when `edges` is as long as `counts`. */
export interface HistogramView {
  readonly unit: "ms" | "seconds";
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}
/** A curve of averages in buckets of time, in columns for uPlot; at most `points` long (query, default 300, at most 1,000). */
export interface SeriesView {
  /** Middle of each bucket, rising. */
  readonly atMs: readonly number[];
  /** Scores in it. */
  readonly count: readonly number[];
  readonly total: readonly (number | null)[];
  readonly prediction: readonly (number | null)[];
}
/** Reliability in ten bins of probability. */
export interface CalibrationView {
  readonly answers: number;
  readonly brier: number | null;
  /** Of a forecaster that says the share of conversions always. */
  readonly baseRateBrier: number | null;
  /** Bins with answers in them only: `from` to below `to`. */
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly meanProbability: number;
    readonly converted: number;
  }[];
}
/** Predicted minus true time, over conversions at a known moment. */
export interface TimeErrorView {
  readonly answers: number;
  readonly meanAbsoluteSeconds: number | null;
  readonly medianSeconds: number | null;
  /** Signed error: edges are symmetric about 0; first and last bin are open. */
  readonly histogram: HistogramView;
  /** The latest, at most 300: [predicted, true] seconds. */
  readonly points: readonly (readonly [number, number])[];
}
/** One part of a score: what it is, what it counts for, and its mean of late. */
export interface ComponentView {
  readonly name: string;
  /** A sentence of plain English. */
  readonly text: string;
  /** Share of the total, where the mode has one. */
  readonly weight: number | null;
  readonly mean: number | null;
  /** Mean over the half before the latest half: compare to see what changed. */
  readonly meanBefore: number | null;
}
export interface ModeView {
  readonly name: string;
  readonly version: number;
  readonly formula: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
}
export interface DriftView {
  /** Questions looked at. */
  readonly rows: number;
  /** Features that have moved, the furthest first, at most 40. */
  readonly moved: readonly {
    readonly feature: string;
    readonly psi: number;
    readonly noise: number;
    readonly level: "stable" | "moderate" | "large";
    readonly unknownBefore: number;
    readonly unknownNow: number;
  }[];
  /** Brier score expected before outcomes are known, and the one that came; null on a validator. */
  readonly performance: {
    readonly expectedBrier: number | null;
    readonly expectedBrierError: number | null;
    readonly realisedBrier: number | null;
    readonly answers: number;
    readonly outcomes: number;
    readonly note: string;
  } | null;
}
/** `.../answers/VALIDATOR/QUESTION` of a miner, `.../questions/NUMBER/miners/HOTKEY` of a validator: why this score. */
export interface ExplanationView {
  readonly question: number;
  readonly hotkey: string;
  /** The validator that judged. */
  readonly validator: string;
  /** For people, as `conversion-subnet explain` prints it. */
  readonly lines: readonly string[];
  readonly mode: ModeView;
  readonly components: readonly (Omit<ComponentView, "mean" | "meanBefore"> & { readonly value: number })[];
  readonly total: number | null;
  readonly prediction: number | null;
  readonly best: number | null;
  /** Why nothing was earned; null for a valid answer in time. */
  readonly invalid: string | null;
  /** Whether the score could be made again from the record; null = that cannot be said. */
  readonly agrees: boolean | null;
  readonly notes: readonly string[];
}
