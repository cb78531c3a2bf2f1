import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["dist/**", "build/**", "node_modules/**"],
    // The TypeScript in src/ finds its kernels in dist/: see scripts/build-kernels.mjs.
    globalSetup: ["scripts/build-kernels.mjs"],
    // All cores: by default one is left out, and of two that is half.
    maxWorkers: availableParallelism(),
    // Nodes write themselves down there, and not in the home folder of whoever runs the tests.
    env: { CONVERSION_SUBNET_HOME: join(tmpdir(), "conversion-subnet-tests") },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "coverage/results.json" }]] : ["default"],
    coverage: {
      // It costs every test a part of its time; the thresholds are CI's to hold.
      enabled: process.env.CI !== undefined,
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/cli/**", "src/learning/kernels/assembly/**"],
      reporter: ["text"],
      reportOnFailure: true,
      thresholds: {
        "src/features/**": { lines: 95 },
        "src/scoring/**": { lines: 95 },
        "src/protocol/**": { lines: 95 },
      },
    },
  },
});
