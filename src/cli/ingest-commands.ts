import { type Command, Option } from "commander";
import { examples, type Flags, logFlags, option, positive, whole } from "./flags.ts";
import { historyFlags } from "./history-flags.ts";
import { streamFlags } from "./ingest-flags.ts";

/** Those of the redis room, which `--help` does not load. */
const MOST_ENTRIES = 200_000;
const mostEntries = () =>
  new Option("--events.max_entries <number>", "events that wait in the stream at most; beyond them 429 is answered")
    .argParser(whole(500))
    .default(MOST_ENTRIES);

/** `ingest`: live conversations past one machine. */
export function ingestCommands(program: Command): void {
  const ingest = program.command("ingest").description("live conversations past one machine, over a Redis stream");
  streamFlags(logFlags(historyFlags(ingest.command("door"))))
    .description("take live conversations by HTTP and put them into a Redis stream, for `validator run --events.redis`")
    .option("--events.port <port>", "take live conversations by HTTP there", whole(0), 8092)
    .option("--events.host <address>", "address that the door for events listens on", "127.0.0.1")
    .option("--events.rate <number>", "events a second that one API key may send", positive, 2_000)
    .addOption(mostEntries())
    .addHelpText(
      "after",
      examples("ingest door --history keys.db --events.redis redis://127.0.0.1:6379 --events.port 8092"),
    )
    .action(async (flags: Flags) => (await import("./ingest-door.ts")).runIngestDoor(flags));
  streamFlags(logFlags(ingest.command("dead-letters")))
    .description("list what could not be taken from the stream, with the reasons, or put it back")
    .option("--requeue", "put all that are listed back, to be tried again")
    .option("--reason <code>", "those with this code only: EVENT_CONFLICT, SINK_FAILED")
    .addOption(mostEntries())
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "ingest dead-letters --events.redis redis://127.0.0.1:6379",
        "ingest dead-letters --events.redis redis://127.0.0.1:6379 --reason SINK_FAILED --requeue",
      ),
    )
    .action(async (flags: Flags) => (await import("./ingest-door.ts")).runDeadLetters(flags));
}
