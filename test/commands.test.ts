/** What holds for every command: examples under its help that the program takes, and JSON where data is printed. */
import { describe, expect, it } from "vitest";
import { leavesOf, pathOf } from "../src/cli/config-flags.ts";
import { createProgram } from "../src/cli/program.ts";

const commands = leavesOf(createProgram()).map((command) => [pathOf(command).join(" "), command] as const);
/** Those that print no data: nodes that run until they are stopped, and a script for a shell. */
const WITHOUT_JSON = ["miner run", "localnet", "completion", "dashboard", "logs", "worker", "ingest door"];

describe("every command", () => {
  it.each(commands)("%s has examples of its own under its help, with flags that it has", (path, command) => {
    let help = "";
    command.configureOutput({
      writeOut(text) {
        help += text;
      },
    });
    command.outputHelp();
    const lines = [...help.matchAll(/^ {2}\$ conversion-subnet (.*)$/gm)].map(([, line = ""]) => line);
    expect(lines.filter((line) => line === path || line.startsWith(`${path} `))).not.toEqual([]);
    const known = new Set(
      [...command.options, ...(command.parent?.options ?? [])].flatMap(({ long, short }) => [long, short]),
    );
    known.add("--config");
    const flags = lines
      .filter((line) => line.startsWith(path))
      .flatMap((line) => line.match(/(?<= )--?[a-zA-Z][\w.-]*/g) ?? []);
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
  });

  it("that prints data prints it as JSON too", () => {
    const without = commands.filter(([, command]) => !command.options.some(({ long }) => long === "--json"));
    expect(without.map(([path]) => path).filter((path) => !WITHOUT_JSON.includes(path))).toEqual([]);
  });
});
