import { questionBytes } from "./bytes.ts";
import { EVENTS_PER_CONVERSATION, type Simulated } from "./whole.ts";

/** What everything costs, measured: microseconds of a processor, and bytes. */
export interface UnitCosts {
  readonly doorUs: number;
  readonly redisUs: number;
  /** Of a conversation, however many are asked. */
  readonly validatorUs: number;
  /** Of one question to one miner. */
  readonly askUs: number;
  /** Of one question, at the miner. */
  readonly minerUs: number;
  /** Of a round, and of each answer in it, at PostgreSQL; 0 where it is not installed. */
  readonly postgresUs: number;
  readonly postgresAnswerUs: number;
  readonly storedBytes: number;
  readonly storedAskBytes: number;
}
/** Miners asked per question where not all are. */
export const SAMPLE = 16;

/** Landmarks at four and eight messages. */
export const QUESTIONS_PER_CONVERSATION = 2;
export const MINERS = 256;
/** More of a core than this is left free, for what comes in waves. */
const USED = 0.6;
/** Of a machine for PostgreSQL, with its standby beside it. */
const [POSTGRES_CORES, WITH_STANDBY] = [16, 2];
const SECONDS_A_DAY = 86_400;
const DAYS_KEPT = 180;
const EVENT_BYTES = 450;
/** Of rented machines and disks, a month: set your own. */
export const PRICES = { core: 30, storedGb: 0.1, sentGb: 0.01 } as const;

/** Two runs with other numbers of miners tell what each of them costs. */
export function unitCosts(
  few: Simulated,
  many: Simulated,
  others: Pick<UnitCosts, "minerUs" | "postgresUs" | "postgresAnswerUs">,
): UnitCosts {
  const asked = QUESTIONS_PER_CONVERSATION * (many.miners - few.miners);
  const slope = (of: (run: Simulated) => number) => Math.max(0, (of(many) - of(few)) / asked);
  const atZero = (of: (run: Simulated) => number) =>
    Math.max(0, of(few) - slope(of) * QUESTIONS_PER_CONVERSATION * few.miners);
  const validator = (run: Simulated) => run.validatorUs;
  const stored = (run: Simulated) => run.storedBytes;
  return {
    doorUs: (few.doorUs + many.doorUs) / 2,
    redisUs: (few.redisUs + many.redisUs) / 2,
    validatorUs: atZero(validator),
    askUs: slope(validator),
    ...others,
    storedBytes: atZero(stored),
    storedAskBytes: slope(stored),
  };
}

/** What so many conversations a second need. */
export interface Plan {
  readonly perSecond: number;
  /** Miners asked per question. */
  readonly sample: number;
  readonly doors: number;
  readonly redisNodes: number;
  readonly validators: number;
  /** Machines of {@link POSTGRES_CORES}; 0 where one validator keeps a file. */
  readonly postgresNodes: number;
  /** Processes of one miner. */
  readonly minerProcesses: number;
  readonly cores: number;
  readonly sentMbits: number;
  readonly storedGbADay: number;
  readonly dollarsAMonth: number;
}

/** From unit costs; every process is one core, used to six tenths. */
export function planFor(costs: UnitCosts, perSecond: number, sample: number): Plan {
  const asks = perSecond * QUESTIONS_PER_CONVERSATION * sample;
  const processes = (usASecond: number) => Math.max(1, Math.ceil(usASecond / (USED * 1e6)));
  const doors = processes(perSecond * costs.doorUs);
  const redisNodes = processes(perSecond * costs.redisUs);
  const validators = processes(perSecond * costs.validatorUs + asks * costs.askUs);
  const roundsUs = perSecond * QUESTIONS_PER_CONVERSATION * (costs.postgresUs + sample * costs.postgresAnswerUs);
  const postgresNodes =
    validators === 1 ? 0 : WITH_STANDBY * Math.max(1, Math.ceil(roundsUs / (USED * 1e6 * POSTGRES_CORES)));
  const bytesASecond = perSecond * EVENTS_PER_CONVERSATION * EVENT_BYTES + asks * questionBytes();
  const storedGbADay =
    (perSecond * SECONDS_A_DAY * (costs.storedBytes + QUESTIONS_PER_CONVERSATION * sample * costs.storedAskBytes)) /
    1e9;
  const cores = doors + redisNodes + validators + postgresNodes * POSTGRES_CORES;
  return {
    ...{ perSecond, sample, doors, redisNodes, validators, postgresNodes, cores, storedGbADay },
    minerProcesses: processes((asks / MINERS) * costs.minerUs),
    sentMbits: (bytesASecond * 8) / 1e6,
    dollarsAMonth:
      cores * PRICES.core +
      storedGbADay * DAYS_KEPT * PRICES.storedGb +
      ((bytesASecond * SECONDS_A_DAY * 30) / 1e9) * PRICES.sentGb,
  };
}

const number = (value: number) =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0, minimumFractionDigits: 0 });

/** The table of docs/scale.md. */
export function planMarkdown(plans: readonly Plan[]): string {
  const titles = [
    ...[
      "conversations/s",
      "miners asked",
      "doors",
      "Redis nodes",
      "validator processes",
      "PostgreSQL nodes",
      "cores in all",
    ],
    ...["processes of a miner", "sent, Mbit/s", "stored a day, GB", "$ a month"],
  ];
  const rows = plans.map((p) => [
    ...[p.perSecond, p.sample, p.doors, p.redisNodes, p.validators, p.postgresNodes, p.cores],
    ...[p.minerProcesses, p.sentMbits, p.storedGbADay, p.dollarsAMonth],
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---:")), ...rows.map((cells) => line(cells.map(number)))].join("\n");
}

/** Unit costs as people read them. */
export function costsMarkdown(costs: UnitCosts): string {
  const rows: [string, number, string][] = [
    ["a conversation at a door (ten events)", costs.doorUs, "us"],
    ["the same at Redis", costs.redisUs, "us"],
    ["the same at the validator, asking nobody", costs.validatorUs, "us"],
    ["one question to one miner, at the validator: signed, sent, scored, stored", costs.askUs, "us"],
    ["one question at the miner: verified, predicted, answered", costs.minerUs, "us"],
    ["a question at PostgreSQL, asked to scored, with no answer", costs.postgresUs, "us"],
    ["one answer to it, at PostgreSQL", costs.postgresAnswerUs, "us"],
    ["a conversation in the store", costs.storedBytes, "bytes"],
    ["one answer in the store", costs.storedAskBytes, "bytes"],
    ["one question and its answer on the wire", questionBytes(), "bytes"],
  ];
  return [
    "| what | cost | unit |",
    "|---|---:|---|",
    ...rows.map(([what, cost, unit]) => `| ${what} | ${number(cost)} | ${unit} |`),
  ].join("\n");
}
