import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { bashScript, fishScript, zshScript } from "./scripts.ts";
import { commandTree } from "./tree.ts";

const tree = commandTree(createProgram());
const shells = (name: string) => {
  try {
    execFileSync(name, ["-c", "exit 0"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "completion-"));
  mkdirSync(join(folder, "models"));
  writeFileSync(join(folder, "model one.safetensors"), "");
  writeFileSync(join(folder, "script"), bashScript(tree));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for a line; as bash does, `=` is a word of its own. */
function offered(line: string): string[] {
  const words = line.split(" ").flatMap((word) => word.split(/(=)/).filter((part, i) => part !== "" || i === 0));
  const typed = words.map((word) => `'${word}'`).join(" ");
  const program = `source ./script
complete -p conversion-subnet >/dev/null || exit 9
COMP_WORDS=(${typed}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _conversion_subnet 2>/dev/null
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "-c", program], { cwd: folder, encoding: "utf8" });
  return text.split("\n").filter((word) => word !== "");
}

describe.skipIf(!shells("bash"))("completion in bash", () => {
  it.each([
    ["commands", "conversion-subnet val", ["validator"]],
    ["commands of commands", "conversion-subnet miner ", ["run"]],
    [
      "flags of the command that is typed",
      "conversion-subnet miner run --axon.external_",
      ["--axon.external_ip", "--axon.external_port"],
    ],
    ["flags of the program", "conversion-subnet --ver", ["--version"]],
    ["choices of a flag", "conversion-subnet miner run --onnx.output ", ["probability", "logit"]],
    ["choices after an =", "conversion-subnet miner run --onnx.output=l", ["logit"]],
    ["choices after a bare =", "conversion-subnet miner run --onnx.output=", ["probability", "logit"]],
    ["choices of an argument", "conversion-subnet completion ", ["bash", "zsh", "fish"]],
    ["networks", "conversion-subnet subnets show --subtensor.network f", ["finney"]],
    ["files, blanks and all", "conversion-subnet miner run --model m", ["models", "model one.safetensors"]],
    ["folders for a folder", "conversion-subnet miner run --feedback.accept m", ["models"]],
    ["files for an argument", "conversion-subnet inspect model", ["models", "model one.safetensors"]],
    ["nothing where nobody knows", "conversion-subnet miner run --axon.port ", []],
    [
      "a command after a global flag with a value that looks like one",
      "conversion-subnet --config miner config ch",
      ["check"],
    ],
  ])("offers %s", (_, line, expected) => {
    expect(offered(line).toSorted()).toEqual(expected.toSorted());
  });

  it("offers no flag that help does not show", () => {
    const flags = offered("conversion-subnet miner run --");
    expect(flags).toContain("--logging.debug");
    expect(flags).not.toContain("--no-logging.debug");
  });
});

describe("the scripts", () => {
  const scripts = { bash: bashScript(tree), zsh: zshScript(tree), fish: fishScript(tree) };

  it.each(Object.entries(scripts))("%s names every command and every flag", (shell, text) => {
    for (const { path, flags } of tree) {
      expect(text).toContain(path);
      for (const name of flags.flatMap(({ names }) => names))
        expect(text).toContain(shell === "fish" ? name.replace(/^--?/, "") : name);
    }
  });

  it.each(Object.entries(scripts))("%s has no quote that is left open", (shell, text) => {
    for (const line of text.split("\n").filter((one) => !one.startsWith("#"))) {
      const bare = shell === "fish" ? line.replace(/\\[\\']/g, "") : line.replace(/\\'/g, "").replace(/\$'\\n'/g, "");
      expect([line, bare.split("'").length % 2]).toEqual([line, 1]);
    }
  });

  it.each(Object.entries(scripts).filter(([shell]) => shells(shell)))(
    "%s is read by the shell itself",
    (shell, text) => {
      const file = join(folder, `script.${shell}`);
      writeFileSync(file, text);
      expect(() => execFileSync(shell, ["-n", file])).not.toThrow();
    },
  );
});
