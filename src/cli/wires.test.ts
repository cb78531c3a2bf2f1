import { describe, expect, it } from "vitest";
import { wires } from "./flags.ts";
import { createProgram } from "./program.ts";
import { wiresOf } from "./wires.ts";

const namesOf = (text: string) => wiresOf({ wires: wires(text) }).map(({ name }) => name);

describe("--wires", () => {
  it("names formats in the order in which they are preferred, each once", () => {
    expect(namesOf("btauth,axon")).toEqual(["btauth/1", "axon"]);
    expect(namesOf("axon,btauth")).toEqual(["axon", "btauth/1"]);
    expect(namesOf("axon")).toEqual(["axon"]);
    expect(namesOf("btauth,btauth")).toEqual(["btauth/1"]);
  });

  it.each(["", "btauth/1", "btauth,,axon", "grpc"])("refuses %j by name", (text) => {
    expect(() => wires(text)).toThrow(/no wire format/);
  });

  it("is both where nothing is said, for miner and validator", () => {
    for (const path of [
      ["miner", "run"],
      ["validator", "run"],
    ]) {
      const command = path.reduce(
        (at, name) => at.commands.find((child) => child.name() === name) ?? at,
        createProgram(),
      );
      expect(wiresOf(command.opts()).map(({ name }) => name)).toEqual(["btauth/1", "axon"]);
    }
  });
});
