import { defineConfig } from "vitest/config";

/**
 * Suites apart from `npm test`, since they need more time, a server, or other people's programs: `npm run test:NAME` runs
 * test/NAME/*.NAME.ts, and what stands beside the code as *.NAME.ts, by `--mode NAME`, one file after another. .ci/run has the list.
 */
export default defineConfig(({ mode }) => ({
  test: {
    include: [`test/${mode}/**/*.${mode}.ts`, `src/**/*.${mode}.ts`],
    globalSetup: ["scripts/build-kernels.mjs"],
    testTimeout: mode === "browser" ? 300_000 : 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    reporters: process.env.CI ? ["default", ["json", { outputFile: `coverage/${mode}.json` }]] : ["default"],
  },
}));
