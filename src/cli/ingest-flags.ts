import type { Command } from "commander";
import { notNegative, positive, share, whole } from "./flags.ts";

/** Which stream of which Redis. */
export const streamFlags = (command: Command) =>
  command
    .option("--events.redis <url>", "Redis in which live conversations wait, from doors (`ingest door`) for validators")
    .option("--events.stream <name>", "name of the stream there", "live");

/** Options of a validator about live conversations. */
export const eventsFlags = (command: Command) =>
  streamFlags(command)
    .option("--events.port <port>", "take live conversations by HTTP there, instead of simulated ones", whole(0))
    .option("--events.host <address>", "address that the door for events listens on", "127.0.0.1")
    .option("--events.synthetic <share>", "part of the conversations that is simulated beside the live ones", share)
    .option(
      "--events.outcome_delay <seconds>",
      "how long after the horizon a conversion before it may be reported; until then closing settles nothing",
      notNegative,
      0,
    )
    .option("--events.rate <number>", "events a second that one API key may send", positive, 2_000);
