import { defineConfig } from "vitest/config";

/** `npm run test:interop`: against other people's programs, in environments that scripts/interop-venvs.sh makes. */
export default defineConfig({
  test: {
    include: ["test/interop/**/*.interop.ts"],
    globalSetup: ["scripts/build-kernels.mjs"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    reporters: process.env.CI ? ["default", ["json", { outputFile: "coverage/interop.json" }]] : ["default"],
  },
});
