import { systemClock } from "../core/index.ts";
import { createLocalnet } from "../localnet/index.ts";
import type { Flags } from "./flags.ts";
import { aborted, loggerOf, untilSignal } from "./terminal.ts";

/** `conversion-subnet localnet` */
export async function runLocalnet(flags: Flags): Promise<void> {
  await untilSignal(async (signal) => {
    const localnet = createLocalnet(
      {
        seed: Number(flags.seed),
        blockTimeMs: Number(flags.blockTime),
        listen: { host: String(flags.host), port: Number(flags.port) },
        subnets: { [Number(flags.netuid)]: { tempo: Number(flags.tempo) } },
      },
      { clock: systemClock, logger: loggerOf(flags) },
    );
    try {
      await localnet.start();
      await aborted(signal);
    } finally {
      await localnet.stop();
    }
  });
}
