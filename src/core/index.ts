/**
 * @module core
 * Row 0: what every room needs and no room is about: errors, clocks, waiting, bytes, files, randomness, logging, lifecycle.
 * It knows nothing of conversations or of Bittensor.
 *
 * @example
 * import { createRandom } from "../core/index.ts";
 * createRandom(7).next(); // the same number in every run
 */
export { assertBytes, concatBytes, fromHex, toHex, utf8 } from "./bytes.ts";
export { type Clock, createManualClock, systemClock } from "./clock.ts";
export {
  errorText,
  InvalidArgumentError,
  LockedError,
  SubnetError,
  type SubnetErrorOptions,
  TimedOutError,
  UserError,
} from "./errors.ts";
export { isSameProcess, lockFile, lockHolder, processStart, writeFileAtomic } from "./files.ts";
export { createHeap, type Heap } from "./heap.ts";
export { type Closers, createClosers, runEvery } from "./lifecycle.ts";
export { type LogFile, type LogFileOptions, logFilesOf, openLogFile } from "./log-file.ts";
export { createLogRing, type LogRecord, type LogRing, teeLogger } from "./log-ring.ts";
export { createLogger, LOG_LEVELS, type LogFields, type Logger, type LogLevel, silentLogger } from "./logger.ts";
export { andThen, isPending, type Maybe } from "./maybe.ts";
export {
  type Counter,
  followTotal,
  type Gauge,
  type Histogram,
  type MetricLabels,
  type Metrics,
  silentMetrics,
} from "./metrics.ts";
export { type LoadPackage, loadPackage, PackageMissingError } from "./packages.ts";
export { printable } from "./printable.ts";
export { createRandom, cryptoRandom, type Random, shuffled } from "./random.ts";
export { steadyHeap } from "./steady-heap.ts";
export { type Span, type SpanFields, silentTracing, type Tracing } from "./tracing.ts";
export {
  type Call,
  createAbortController,
  createDeferred,
  type Deferred,
  sleep,
  withCall,
  withTimeout,
} from "./wait.ts";
