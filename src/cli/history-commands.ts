import { type Command, Option } from "commander";
import { moment } from "./explain-commands.ts";
import { examples, type Flags, option, positive, whole } from "./flags.ts";
import { historyFlags, KEPT_DAYS, KEPT_TEXT_DAYS, postgresFlags } from "./history-flags.ts";

const load = () => import("./history.ts");

/** `history`: what a validator remembers. */
export function historyCommands(program: Command): void {
  const history = program.command("history").description("what a validator remembers; it may be running meanwhile");
  postgresFlags(historyFlags(history.command("info")))
    .description("say how much it holds")
    .option("--check", "read the whole file and say whether it is sound")
    .addOption(option.json())
    .addHelpText("after", examples("history info", "history info --history history.db --check --json"))
    .action(async (flags: Flags) => (await load()).runHistoryInfo(flags));
  historyFlags(history.command("backup"))
    .description("copy it as of now into one new file, checked and whole")
    .argument("<file>", "where the copy goes; nothing may be there")
    .addOption(option.json())
    .addHelpText("after", examples("history backup backups/2026-11-26.db"))
    .action(async (file: string, flags: Flags) => (await load()).runHistoryBackup(file, flags));
  postgresFlags(historyFlags(history.command("export")))
    .description("write it for others: .jsonl (whole questions), .csv or .parquet (a row for each hotkey asked)")
    .requiredOption("--out <file>", "ends in .jsonl, .csv, or in .parquet where @duckdb/node-api is installed")
    .option("--from <moment>", "questions asked at or after it", moment)
    .option("--to <moment>", "questions asked before it", moment)
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "history export --out answers.csv --from 2026-11-01 --to 2026-12-01",
        "history export --out answers.parquet",
        "history export --out questions.jsonl --history history.db",
      ),
    )
    .action(async (flags: Flags) => (await load()).runHistoryExport(flags));
  postgresFlags(historyFlags(history.command("forget")))
    .description("remove what a conversation said and was; scores stay, for they say nothing of it")
    .argument("<conversation>", "its id, as the source names it")
    .addOption(option.json())
    .addHelpText("after", examples("history forget shop/c-17"))
    .action(async (conversation: string, flags: Flags) => (await load()).runHistoryForget(conversation, flags));
  postgresFlags(historyFlags(history.command("prune")))
    .description("let go of what is old; counts by day, hotkey and landmark stay, averages too")
    .option("--days <days>", "questions, answers and scores are kept so long", positive, KEPT_DAYS)
    .option("--text-days <days>", "what people wrote is kept so long", positive, KEPT_TEXT_DAYS)
    .addOption(
      new Option("--keep <questions>", "the latest settled questions stay whatever their age")
        .argParser(whole(0))
        .default(5_000),
    )
    .addOption(option.json())
    .addHelpText("after", examples("history prune", "history prune --text-days 7 --days 90"))
    .action(async (flags: Flags) => (await load()).runHistoryPrune(flags));
  historyFlags(history.command("migrate"))
    .description("copy it from its file to PostgreSQL; what was interrupted goes on, what was whole is made anew")
    .option("--from <file>", "the file (default: --history)")
    .requiredOption("--to <url>", "postgres://USER@HOST:PORT/DATABASE")
    .option("--history.validator <name>", "whose history it is there (default: HOTKEY/netuidN)")
    .option("--wallet.path <folder>", "folder of wallets (default: ~/.bittensor/wallets)")
    .addOption(option.json())
    .addHelpText(
      "after",
      examples("history migrate --from history.db --to postgres://me@127.0.0.1:5432/subnet --wallet.name validator"),
    )
    .action(async (flags: Flags) => (await import("./history-migrate.ts")).runHistoryMigrate(flags));
}
