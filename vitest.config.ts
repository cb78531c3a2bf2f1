import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["dist/**", "build/**", "node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "coverage/results.json" }]] : ["default"],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/cli/**"],
      reporter: ["text"],
      thresholds: {
        "src/features/**": { lines: 95 },
        "src/scoring/**": { lines: 95 },
        "src/protocol/**": { lines: 95 },
      },
    },
  },
});
