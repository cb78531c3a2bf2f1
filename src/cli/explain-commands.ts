import { type Command, InvalidArgumentError, Option } from "commander";
import { examples, type Flags, option, whole } from "./flags.ts";
import { historyFlags, postgresFlags } from "./history-flags.ts";

/** "2026-11-26" or "2026-11-26T12:00:00Z": milliseconds since 1970; without an offset it is UTC. */
export const moment = (text: string) => {
  const bare = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text);
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(bare ? `${text}Z` : text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError("It must be a day or a moment like 2026-11-26 or 2026-11-26T12:00:00Z.");
};
const module = (what: string) =>
  new Option("--scoring.module <file>", `${what}: a .js file whose exports are scoring modes`);

/** `explain`, `check-explanation` and `rescore`: what a validator's history says. */
export function explainCommands(program: Command): void {
  postgresFlags(historyFlags(program.command("explain")))
    .description("say why one miner got what it got for one question, and make the number again from the stored record")
    .argument("<question>", "its number", whole(0))
    .argument("<hotkey>", "the miner's address")
    .addOption(module("modes of your own, for what they scored"))
    .option("--sign", "print it as JSON, signed by the validator's hotkey")
    .option("--wallet.path <folder>", "folder of wallets (default: ~/.bittensor/wallets)")
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "explain 12 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --wallet.name validator",
        "explain 12 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --sign --wallet.name validator",
      ),
    )
    .action(async (question: number, hotkey: string, flags: Flags) =>
      (await import("./explain.ts")).runExplain(question, hotkey, flags),
    );
  program
    .command("check-explanation")
    .description("check a signed explanation without the validator: who signed it, and that its number comes out of it")
    .argument("<file>", "JSON of `explain --sign`")
    .addOption(module("modes of your own"))
    .addOption(option.json())
    .addHelpText("after", examples("check-explanation explanation.json"))
    .action(async (file: string, flags: Flags) => (await import("./explain.ts")).runCheckExplanation(file, flags));
  postgresFlags(historyFlags(program.command("rescore")))
    .description("score a period again from stored answers, and start new averages; nothing is changed")
    .option("--scoring <mode>", "the mode to score in (default: each question's own, with the constants stored)")
    .addOption(module("modes of your own"))
    .option("--from <moment>", "questions asked at or after it", moment)
    .option("--to <moment>", "questions asked before it", moment)
    .addOption(
      new Option("--originality <treatment>", "what miners that answer as one get")
        .choices(["split", "report"])
        .default("split"),
    )
    .addOption(option.json())
    .addHelpText(
      "after",
      examples(
        "rescore --wallet.name validator",
        "rescore --history history.db --scoring proper-v1 --from 2026-11-01 --to 2026-12-01",
      ),
    )
    .action(async (flags: Flags) => (await import("./rescore.ts")).runRescore(flags));
}
