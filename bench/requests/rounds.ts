import { measure, type Row, type Timed } from "../harness.ts";
import { findPython } from "../peers/pythons.ts";
import { type Program, startProgram } from "./programs.ts";

const MINERS = 256;

const round = (asker: Program) => async (): Promise<Timed> => {
  const { seconds } = await asker.call({ do: "round" });
  return { amount: 1, seconds: Number(seconds) };
};

/** One question to 256 miners that answer at once: our client and a dendrite, on one core, with the miners on the other. */
export async function roundRow(): Promise<Row> {
  const miners = await startProgram({ core: 0, script: "responders", args: [String(MINERS)] });
  const ports = [String(miners.hello.ports)];
  const ours = await startProgram({ core: 1, script: "asker", args: ports });
  const python = findPython("axon");
  const dendrite =
    python === null ? null : await startProgram({ core: 1, script: "requests_dendrite", python, args: ports });
  try {
    const names = { row: "256 miners in one round vs dendrite v10", peerIs: "dendrite, SDK 10.5.0", asked: "5x" };
    const works = { ours: round(ours), ...(dendrite && { peer: round(dendrite) }) };
    return await measure({ bench: "requests", unit: "rounds/s", ...names }, works);
  } finally {
    await Promise.all([miners, ours, dendrite].map((program) => program?.stop()));
  }
}
