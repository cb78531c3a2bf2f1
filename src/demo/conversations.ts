import { type Clock, createRandom } from "../core/index.ts";
import { type LandmarkOptions, landmarkRows } from "../features/index.ts";
import { type Dataset, datasetFromRows } from "../learning/index.ts";
import type { Landmark, Transcript } from "../schema.ts";
import { createSimulator, readTranscripts, replay, type Source, splitByHash } from "../sources/index.ts";

/** What the demo plays and learns from. */
export interface DemoConversations {
  /** Rows of conversations that are never asked about. */
  readonly training: Dataset;
  /** Conversations behind those rows. */
  readonly learned: number;
  readonly source: Source;
  /** Conversations that will be played; null = without end. */
  readonly played: number | null;
  /** Lines of the file that were skipped. */
  readonly badLines: number;
  /** What a forecaster that knows the hidden state would say; undefined where nobody can know. */
  bestProbability(conversationId: string, landmark: Landmark): number | undefined;
}

/** Settings of {@link loadConversations}. */
export interface ConversationOptions extends LandmarkOptions {
  /** JSON Lines; null = simulated. */
  readonly path: string | null;
  readonly skipBadLines: boolean;
  readonly seed: number | string;
  readonly speed: number | "max";
  /** Mean virtual seconds between two beginnings. */
  readonly intervalSeconds: number;
  /** Simulated conversations to learn from. */
  readonly trainingConversations: number;
}

/** Share of a file's conversations, told by the hash of their id, that models learn from; questions come from the rest. */
export const TRAIN_SHARE = 0.7;

/**
 * Conversations of a file, 70 % to learn from and the rest to be asked about, or of the simulator, where the two sides
 * come from two seeds.
 *
 * @throws {BadTranscriptError} for a line that is none.
 */
export async function loadConversations(
  options: ConversationOptions,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<DemoConversations> {
  const { path, seed, skipBadLines, intervalSeconds, speed } = options;
  const keepOpenSeconds = options.landmarks.some((one) => "seconds" in one) ? options.horizonSeconds : 0;
  const replayOptions = { intervalSeconds, seed, speed, keepOpenSeconds };
  if (path === null) {
    // Models learn from another seed than questions come from, as miners must: the validator's own is its secret.
    const settings = { horizonSeconds: options.horizonSeconds };
    const lessons = createSimulator(settings, { random: createRandom(`${seed}/lessons`) });
    const asked = createSimulator(settings, { random: createRandom(`${seed}/asked`) });
    const training = [...lessons.transcripts(options.trainingConversations)];
    return {
      training: datasetFromRows(training.flatMap((one) => landmarkRows(one, options))),
      learned: training.length,
      played: null,
      badLines: 0,
      source: replay(asked.transcripts(), { ...replayOptions, name: "simulator" }, { clock }),
      bestProbability: asked.bestProbability,
    };
  }
  const sides: Record<"train" | "test", Transcript[]> = { train: [], test: [] };
  let badLines = 0;
  const onBadLine = () => {
    badLines += 1;
  };
  for await (const one of readTranscripts(path, { skipBadLines, onBadLine, signal }))
    sides[splitByHash(one.id, TRAIN_SHARE)].push(one);
  return {
    training: datasetFromRows(sides.train.flatMap((one) => landmarkRows(one, options))),
    learned: sides.train.length,
    played: sides.test.length,
    badLines,
    source: replay(sides.test, { ...replayOptions, name: path }, { clock }),
    bestProbability: () => undefined,
  };
}
