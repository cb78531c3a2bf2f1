/** The dashboard of a whole subnet as `npm start` runs it, in all its views. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { QuestionsView, ScoredAnswersView, ValidatorView } from "../../src/dashboard/index.ts";
import {
  axeFindings,
  CHROMIUM,
  DARK,
  LIGHT,
  openChromium,
  openPage,
  PHONE,
  sidewaysScroll,
} from "./support/chromium.ts";
import { eventually, type RunningDemo, startDemo } from "./support/demo.ts";

describe.skipIf(CHROMIUM === null)("a subnet's dashboard", () => {
  let browser: Browser;
  let demo: RunningDemo;
  const closing: (() => Promise<void>)[] = [];
  let views: Readonly<Record<string, { readonly hash: string; readonly holds: readonly string[] }>> = {};

  const read = async <T>(path: string): Promise<T> => (await (await fetch(`${demo.url}/api/${path}`)).json()) as T;
  beforeAll(async () => {
    [browser, demo] = await Promise.all([openChromium(), startDemo()]);
    await eventually(async () => {
      const { flow, weights } = await read<ValidatorView>("validators/validator");
      return flow.settled >= 60 && weights.setCount > 1;
    });
    const { questions } = await read<QuestionsView>("validators/validator/questions");
    const settled = questions.find(({ state }) => state === "settled")?.number ?? 1;
    const { leaderboard } = await read<ValidatorView>("validators/validator");
    const hotkey = leaderboard[0]?.hotkey ?? "";
    const judged = (await read<ScoredAnswersView>("miners/trained-a/answers")).answers[0];
    views = {
      validator: {
        hash: "#/validator",
        holds: [
          "Leaderboard",
          "Live questions",
          "Conversation flow",
          "Truth lag",
          "Weights and incentive",
          "Peers' health",
          "Originality",
          "Drift",
          "Log",
        ],
      },
      "a miner as the validator sees it": {
        hash: `#/validator/validator/miner/${hotkey}`,
        holds: ["Score over time", "Calibration", "Latency", "Its latest answers"],
      },
      miner: {
        hash: "#/miner/trained-a",
        holds: [
          "Score over time",
          "Rank and incentive",
          "What the score is made of",
          "Calibration",
          "Time error",
          "Latency",
          "Judged answers",
          "Requests by validator",
          "Requests by outcome",
          "Model",
          "Drift",
          "Log",
        ],
      },
      network: { hash: "#/network", holds: ["Metagraph", "What happened", "Hyperparameters", "Log"] },
      "a neuron": { hash: `#/network/network/neuron/${hotkey}`, holds: ["Incentive over epochs"] },
      question: { hash: `#/question/validator/${settled}`, holds: ["What they said", "Replies"] },
      "a score": { hash: `#/question/validator/${settled}/${hotkey}`, holds: ["Why this score", "Its parts"] },
      "a score, as told to a miner": {
        hash: `#/question/trained-a/${judged?.question}/${judged?.validator}`,
        holds: ["Why this score", "Its parts"],
      },
    };
  }, 180_000);
  afterAll(async () => {
    await demo?.stop();
    await browser?.close();
  });
  const look = async (...given: [url: string, options?: typeof LIGHT | typeof DARK | typeof PHONE]) => {
    const watched = await openPage(browser, ...given);
    closing.push(watched.close);
    return watched;
  };
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const ready = async (page: Page, holds: readonly string[]) => {
    for (const title of holds) await page.getByRole("heading", { name: title, exact: true }).first().waitFor();
    await page.waitForFunction(() => document.getElementById("link")?.textContent === "Live");
    await page.waitForFunction(() => !document.querySelector("main")?.textContent?.includes("Reading"));
  };
  const go = async (page: Page, hash: string, holds: readonly string[]) => {
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    await ready(page, holds);
  };

  it.each([
    ["light", LIGHT],
    ["dark", DARK],
    ["phone", PHONE],
  ])("every view holds what it must, is clean for axe and no wider than its window: %s", async (_, options) => {
    const { page, faults } = await look(demo.url, options);
    const findings: string[] = [];
    for (const [name, { hash, holds }] of Object.entries(views)) {
      await go(page, hash, holds);
      expect(await page.getByText("This could not be read.").count(), name).toBe(0);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      findings.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
      expect(await sidewaysScroll(page), name).toBe(0);
    }
    expect(findings).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("draws every chart that it announces", async () => {
    const { page } = await look(`${demo.url}/#/miner/trained-a`);
    await ready(page, views.miner?.holds ?? []);
    await page.locator(".plot canvas").first().waitFor();
    const [plots, canvases] = [page.locator(".plot"), page.locator(".plot canvas")];
    expect(await canvases.count()).toBe(await plots.count());
    expect(await plots.count()).toBeGreaterThanOrEqual(6);
    const inked = await canvases.evaluateAll((list) =>
      (list as HTMLCanvasElement[]).map((canvas) => {
        const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return pixels.some((value, i) => i % 4 === 3 && value > 200);
      }),
    );
    expect(inked).not.toContain(false);
  });

  it("moves by itself: blocks, questions and the leaderboard, without a reload", async () => {
    const { page } = await look(`${demo.url}/#/validator`);
    await ready(page, views.validator?.holds ?? []);
    const newest = () =>
      page
        .locator("main")
        .getByRole("link", { name: /^#\d+$/ })
        .first()
        .textContent();
    const settled = () => page.locator(".stat", { hasText: "Settled" }).locator(".figure").textContent();
    const block = () =>
      page
        .locator(".facts")
        .getByText(/^block/)
        .textContent();
    const before = { newest: await newest(), settled: await settled(), block: await block() };
    await eventually(async () => (await newest()) !== before.newest);
    await eventually(async () => (await settled()) !== before.settled);
    await eventually(async () => (await block()) !== before.block);
    expect(await page.evaluate(() => performance.getEntriesByType("navigation").length)).toBe(1);
  });

  it("is walked by keyboard: past the bar, through the views, a table sorted, a chart's numbers opened", async () => {
    const { page, faults } = await look(`${demo.url}/#/validator`);
    await ready(page, views.validator?.holds ?? []);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    const outlined = () =>
      page.evaluate(
        () => document.activeElement !== null && getComputedStyle(document.activeElement).outlineStyle !== "none",
      );
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.getByRole("button", { name: "Brier", exact: true }).focus();
    await page.keyboard.press("Enter");
    const sorted = (way: string) => page.locator(`th[aria-sort="${way}"]`, { hasText: "Brier" }).waitFor();
    await sorted("descending");
    await page.keyboard.press("Enter");
    await sorted("ascending");
    expect(await focused()).toContain("Brier");
    expect(await outlined()).toBe(true);
    const summary = page.getByText("Data as a table of Truth lag");
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("table", { name: "Truth lag" }).waitFor();
    await page.getByRole("link", { name: "Miner", exact: true }).focus();
    await page.keyboard.press("Enter");
    await ready(page, views.miner?.holds ?? []);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    expect(faults).toEqual([]);
  });

  it("keeps the theme that was chosen, and finds a word in the log", async () => {
    const { page } = await look(`${demo.url}/#/network`);
    await ready(page, views.network?.holds ?? []);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe("light");
    const button = page.getByRole("button", { name: /^Theme:/ });
    await button.click();
    await button.click();
    expect(await theme()).toBe("dark");
    await page.reload();
    expect(await theme()).toBe("dark");
    await page.getByLabel("Holding").fill("no line holds this");
    await page.getByText("No line fits.").waitFor();
  });
});
