import { afterEach, beforeEach, vi } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

/** The command line inside a test: what it writes is heard and not shown. */
export function commandLine() {
  const heard = { stdout: "", stderr: "" };
  const listen = () => {
    for (const name of ["stdout", "stderr"] as const) {
      heard[name] = "";
      vi.spyOn(process[name], "write").mockImplementation((text) => {
        heard[name] += text;
        return true;
      });
    }
  };
  beforeEach(listen);
  afterEach(() => vi.restoreAllMocks());
  return {
    /** Of the last command. */
    heard,
    async run(...args: string[]): Promise<void> {
      listen();
      await createProgram().parseAsync(["node", "conversion-subnet", ...args]);
    },
  };
}
