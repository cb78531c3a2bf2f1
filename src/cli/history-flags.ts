import { type Command, Option } from "commander";
import { option, positive } from "./flags.ts";

/** Those of the validator room, which `--help` does not load; a test holds them equal. */
export const KEPT_DAYS = 180;
export const KEPT_TEXT_DAYS = 30;

/** Which history: named, or that of a wallet's hotkey on a subnet. */
export const historyFlags = (command: Command) =>
  command
    .addOption(
      new Option("--history <file>", "the validator's history (default: in its neuron's folder, see docs/history.md)"),
    )
    .option("--logging.logging_dir <folder>", "folder of what neurons keep (default: ~/.bittensor/miners)")
    .addOption(option.netuid())
    .option("--wallet.name <name>", "wallet of the validator", "default")
    .option("--wallet.hotkey <name>", "hotkey of that wallet", "default");

/** Where the history is in PostgreSQL and not in the file. */
export const postgresFlags = (command: Command) =>
  command
    .option(
      "--history.postgres <url>",
      "PostgreSQL that has the history in place of the file: postgres://USER@HOST:PORT[,HOST:PORT]/DATABASE",
    )
    .option("--history.validator <name>", "whose history it is there (default: HOTKEY/netuidN)");

/** Options of a validator about its history. */
export const keepFlags = (command: Command) =>
  postgresFlags(command)
    .option(
      "--history <file>",
      "where questions, answers and scores are kept; :memory: keeps nothing (default: in the neuron's folder, see docs/history.md)",
    )
    .option("--history.days <days>", "questions, answers and scores are kept so long", positive, KEPT_DAYS)
    .option("--history.text_days <days>", "what people wrote is kept so long", positive, KEPT_TEXT_DAYS);
