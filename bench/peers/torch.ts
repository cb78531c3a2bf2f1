import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** What the peer did. Percentiles of one piece of it are in seconds. */
export interface PeerResult {
  readonly amount: number;
  readonly seconds: number;
  readonly p50?: number;
  readonly p99?: number;
}

/** PyTorch in a process of its own, which waits while we are timed. */
export interface TorchPeer {
  readonly version: string;
  run(work: "eager" | "norm" | "loader" | "predict" | "load", size: number): Promise<PeerResult>;
  stop(): void;
}

/** Debian's own Python: its package python3-torch is for that one, which need not be the first on the path. */
const PYTHON = "/usr/bin/python3";

/** Starts it; null, and a line on stderr that names the package, where there is none. */
export async function startTorch(): Promise<TorchPeer | null> {
  const missing = "PyTorch is the peer of these rows, and is not here: apt-get install python3-torch";
  if (!existsSync(PYTHON)) {
    console.error(missing);
    return null;
  }
  // Switches that make its library of matrices slower than it is.
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const child = spawn(PYTHON, ["bench/peers/torch_peer.py"], {
    env: { ...env, OMP_NUM_THREADS: "1" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<PeerResult & { torch?: string; fastBlas?: boolean }> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("PyTorch stopped.");
    return JSON.parse(value);
  };
  const hello = await Promise.race([answer().catch(() => null), once(child, "error").then(() => null)]);
  if (hello === null) {
    console.error(missing);
    return null;
  }
  if (hello.fastBlas === false) {
    console.error(
      "PyTorch multiplies matrices by the reference BLAS, several times slower: apt-get install libopenblas0",
    );
  }
  return {
    version: hello.torch ?? "",
    run(work, size) {
      child.stdin.write(`${JSON.stringify({ work, size })}\n`);
      return answer();
    },
    stop: () => void child.kill(),
  };
}
