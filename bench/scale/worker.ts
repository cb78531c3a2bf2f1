/** A worker with one thread, as `worker --concurrency 1` is. Argument: where Redis is, and a folder. */
import { silentLogger } from "../../src/core/index.ts";
import { testFold } from "../../src/learning/index.ts";
import { createQueueWorker } from "../../src/redis/index.ts";
import { runProgram } from "../requests/programs.ts";
import { cpuSecondsOf } from "./cpu.ts";

const [url = "", folder = "", version = ""] = process.argv.slice(2);
await createQueueWorker({ url, version, folder, concurrency: 1 }, { tasks: [testFold], logger: silentLogger });
await runProgram({ ready: 1 }, () => ({ cpuSeconds: cpuSecondsOf([process.pid]) }));
