/** Live conversations: events in by HTTP, stored, put in order, and given out as a source. */
export { createEventsApp, type EventsApp } from "./app.ts";
export {
  createEventsDoor,
  type EventsDoor,
  type EventsDoorModules,
  type EventsDoorOptions,
  type ReadRoute,
} from "./door.ts";
export { EventRefusedError, INGEST_REFUSALS, type IngestRefusal, UnknownKeyError } from "./errors.ts";
export { createEventStore, type EventStore } from "./event-store.ts";
export {
  bodyOf as eventToText,
  EVENT_LIMITS,
  eventOfBody as eventFromText,
  type IngestEvent,
  parseEvent,
} from "./events.ts";
export { createKeyStore, type KeyStore } from "./key-store.ts";
export { ADAPTERS, type AdapterName, type ApiKey, type NewKey, SCOPES, type Scope } from "./keys.ts";
export { type EventResult, type Live, type LiveModules, type LiveStatus, openLive } from "./live.ts";
export type { LiveOptions } from "./live-options.ts";
export { INGEST_SCHEMA } from "./schema.ts";
export { OWN_SCHEME, type SignatureScheme, signBody } from "./signatures.ts";
