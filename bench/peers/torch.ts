import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { findPython, peerEnvironment } from "./pythons.ts";

/** What the peer did. Percentiles of one piece of it are in seconds. */
export interface PeerResult {
  readonly amount: number;
  readonly seconds: number;
  readonly p50?: number;
  readonly p99?: number;
}

/** PyTorch in a process of its own, which waits while we are timed. */
export interface TorchPeer {
  /** `"PyTorch 1.13.1"`. */
  readonly is: string;
  run(work: "eager" | "norm" | "loader" | "predict" | "load", size: number): Promise<PeerResult>;
  stop(): void;
}

/** Starts Debian's, or the one of PyPI; null, and a line on stderr that says how it comes here, where there is none. */
export async function startTorch(name: "torch" | "torch2"): Promise<TorchPeer | null> {
  const python = findPython(name);
  if (python === null) return null;
  const child = spawn(python, ["bench/peers/torch_peer.py"], {
    env: peerEnvironment(),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<PeerResult & { torch?: string; fastBlas?: boolean }> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("PyTorch stopped.");
    return JSON.parse(value);
  };
  const hello = await answer();
  if (hello.fastBlas === false) {
    console.error(
      "PyTorch multiplies matrices by the reference BLAS, several times slower: apt-get install libopenblas0",
    );
  }
  return {
    is: `PyTorch ${hello.torch}`,
    run(work, size) {
      child.stdin.write(`${JSON.stringify({ work, size })}\n`);
      return answer();
    },
    stop: () => void child.kill(),
  };
}
