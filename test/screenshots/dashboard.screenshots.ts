/** `npm run screenshots`: the pictures of the documents, taken of a real subnet after some minutes of play. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { QuestionsView, ValidatorView } from "../../src/dashboard/index.ts";
import { CHROMIUM, DARK, LIGHT, openChromium, openPage, PHONE } from "../browser/support/chromium.ts";
import { eventually, type RunningDemo, startDemo } from "../browser/support/demo.ts";
import { smallPng } from "../browser/support/small-png.ts";
import { ROOT } from "../support/processes.ts";

const FOLDER = join(ROOT, "docs/images");
const MOST_BYTES = 150_000;
const SETTLED = Number(process.env.SETTLED ?? 900);
const SIZES = { light: [LIGHT, 1_300], dark: [DARK, 1_300], phone: [PHONE, 1_480] } as const;

describe.skipIf(CHROMIUM === null)("pictures", () => {
  let demo: RunningDemo;
  const hashes: Record<string, string> = { validator: "#/validator", miner: "#/miner/trained-a", network: "#/network" };
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    demo = await startDemo();
    const read = async <T>(path: string): Promise<T> => (await (await fetch(`${demo.url}/api/${path}`)).json()) as T;
    await eventually(async () => (await read<ValidatorView>("validators/validator")).flow.settled >= SETTLED);
    const { questions } = await read<QuestionsView>("validators/validator/questions");
    const question = questions.find(({ state, converted }) => state === "settled" && converted === 1)?.number ?? 1;
    const { leaderboard } = await read<ValidatorView>("validators/validator");
    const { hotkey } = leaderboard.find(({ name }) => name === "trained-a") ?? { hotkey: "" };
    hashes.question = `#/question/validator/${question}`;
    hashes.score = `#/question/validator/${question}/${hotkey}`;
    hashes.peer = `#/validator/validator/miner/${hotkey}`;
  }, 1_000_000);
  afterAll(() => demo?.stop());

  it.each(Object.entries(SIZES))("%s", async (size, [options, height]) => {
    const browser = await openChromium();
    const big: string[] = [];
    for (const [name, hash] of Object.entries(hashes)) {
      const { page, close } = await openPage(browser, `${demo.url}/${hash}`, options);
      await page.waitForFunction(() => document.getElementById("link")?.textContent === "Live");
      await page.waitForFunction(() => !document.querySelector("main")?.textContent?.includes("Reading"));
      await page.locator("main h1").waitFor();
      await page.waitForTimeout(1_500);
      const whole = await page.evaluate(() => document.documentElement.scrollHeight);
      const clip = { x: 0, y: 0, width: options.viewport.width, height: Math.min(whole, height) };
      const png = smallPng(await page.screenshot({ fullPage: true, clip }));
      writeFileSync(join(FOLDER, `dashboard-${name}-${size}.png`), png);
      if (png.length > MOST_BYTES) big.push(`${name}: ${png.length}`);
      await close();
    }
    await browser.close();
    expect(big).toEqual([]);
  });
});
