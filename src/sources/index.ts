/**
 * @module sources
 * Row 3: where conversations come from. A {@link Source} is a stream of events on the virtual clock; of four kinds:
 * replayed transcripts, a simulator with a hidden process (in rounds, too), live conversations by HTTP, and a mixture. It asks no
 * questions and scores no answers.
 *
 * @example
 * const source = replay(readTranscripts("chats.jsonl"), { intervalSeconds: 20, seed: 7, speed: "max" }, { clock: systemClock });
 * for await (const event of source.events(signal)) event.type; // "opened"
 */
export { type Adapter, type AdapterOptions, chatwoot, intercom, rasa } from "./adapters/index.ts";
export { BadTranscriptError, ForeignTranscriptError, TranscriptsUnreadableError } from "./errors.ts";
export {
  COLLECTIONS,
  type Collection,
  type ImportCounts,
  type ImportOptions,
  importTranscripts,
} from "./import-transcripts.ts";
export {
  ADAPTERS,
  type AdapterName,
  type ApiKey,
  createEventStore,
  createEventsApp,
  createEventsDoor,
  createKeyStore,
  EVENT_LIMITS,
  EventRefusedError,
  type EventResult,
  type EventStore,
  type EventsApp,
  type EventsDoor,
  type EventsDoorModules,
  type EventsDoorOptions,
  eventFromText,
  eventToText,
  INGEST_REFUSALS,
  INGEST_SCHEMA,
  type IngestEvent,
  type IngestRefusal,
  type KeyStore,
  type Live,
  type LiveModules,
  type LiveOptions,
  type LiveStatus,
  type NewKey,
  OWN_SCHEME,
  openLive,
  parseEvent,
  type ReadRoute,
  SCOPES,
  type Scope,
  type SignatureScheme,
  signBody,
  UnknownKeyError,
} from "./ingest/index.ts";
export { type MixedPart, type MixedSource, mixed } from "./mixed.ts";
export {
  idSeen,
  type LineComplaint,
  parseTranscriptLine,
  type ReadCounts,
  type ReadTranscriptsOptions,
  readTranscriptLines,
  readTranscripts,
  type TranscriptLine,
} from "./read-transcripts.ts";
export { type ReplayModules, type ReplayOptions, replay } from "./replay.ts";
export {
  commitmentOf,
  createRoundLog,
  type RoundLog,
  type SimulatedRound,
  type SimulatedRoundsModules,
  type SimulatedRoundsOptions,
  simulatedRounds,
} from "./rounds.ts";
export { type SimulatedModules, type SimulatedOptions, type SimulatedSource, simulated } from "./simulated.ts";
export { createSimulator, DEFAULT_SIMULATOR_SETTINGS, type Simulator, type SimulatorSettings } from "./simulator.ts";
export type { Source } from "./source.ts";
export { splitByHash } from "./split.ts";
export { transcriptToJson } from "./transcript-json.ts";
