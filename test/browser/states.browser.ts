/** What the page says when there is nothing, when something fails, and when the node goes away and comes back. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LeaderRowView } from "../../src/dashboard/index.ts";
import { CHROMIUM, openChromium, openPage, type Watched } from "./support/chromium.ts";
import { emptyValidator, leaderRow, minerDocuments, networkDocuments, validatorDocuments } from "./support/empty.ts";
import { openFlaky } from "./support/flaky.ts";
import { openNode, type Spoken, speak } from "./support/node.ts";

const asking = (number: number) => ({
  node: "judge",
  questions: [{ number, atMs: Date.now(), stratum: "test/messages-4", asked: 1, baseRate: 0.5 }],
});

describe.skipIf(CHROMIUM === null)("the page", () => {
  let browser: Browser;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const serve = async (nodes: readonly Spoken[], port = 0) => {
    const server = await openNode(nodes, port);
    closing.push(server.close);
    return server;
  };
  const look = async (url: string): Promise<Watched> => {
    const watched = await openPage(browser, url);
    closing.push(watched.close);
    return watched;
  };
  const says = async ({ page }: Watched, text: string | RegExp) => {
    await page.getByText(text).first().waitFor();
  };

  it("says what to do where the process has no node", async () => {
    const { url } = await serve([]);
    const watched = await look(url);
    await says(watched, "This process has no node to show.");
    await says(watched, "conversion-subnet demo");
    expect(watched.faults).toEqual([]);
  });

  it("says of an address that leads nowhere what is here", async () => {
    const { url } = await serve([speak("validator", "judge", validatorDocuments())]);
    const watched = await look(`${url}/#/miner/gone`);
    await says(watched, "There is nothing at this address.");
    await watched.page.getByRole("link", { name: "judge (validator)" }).click();
    await watched.page.getByRole("heading", { level: 1, name: "judge" }).waitFor();
    expect(watched.faults).toEqual([]);
  });

  it("says in every part of every view why it is empty, and what comes next", async () => {
    const { url } = await serve([
      speak("validator", "judge", validatorDocuments()),
      speak("miner", "digger", minerDocuments()),
      speak("network", "local", networkDocuments()),
    ]);
    const watched = await look(url);
    for (const text of [
      /No validator permit yet/,
      "No miner is known yet.",
      "No question has been asked yet.",
      "No truth yet.",
      "No weights were set yet.",
      "Nobody was asked yet.",
      "Everybody answers for themselves.",
    ]) {
      await says(watched, text);
    }
    await watched.page.getByRole("link", { name: "Miner", exact: true }).click();
    for (const text of [
      "This miner does not serve.",
      "No score yet.",
      "No epoch was seen yet.",
      "Nothing was scored yet.",
      "Nobody has asked yet.",
      /from no model file/,
      /--feedback.accept/,
    ]) {
      await says(watched, text);
    }
    await watched.page.getByRole("link", { name: "Network", exact: true }).click();
    for (const text of ["Nobody is registered.", "Nothing yet."]) await says(watched, text);
    expect(watched.faults).toEqual([]);
  });

  it("says what failed, keeps the rest, and mends itself", async () => {
    const judge = speak("validator", "judge", validatorDocuments());
    judge.documents.set("questions", new Error("the disk is gone"));
    const { url } = await serve([judge]);
    const watched = await look(url);
    await says(watched, "This could not be read.");
    await says(watched, "No miner is known yet.");
    expect(await watched.page.getByText("the disk is gone").count()).toBe(0);
    judge.documents.set("questions", { questions: [], next: null });
    await says(watched, "No question yet.");
    await watched.page.getByText("This could not be read.").waitFor({ state: "detached" });
    expect(watched.faults).toEqual([]);
  });

  it("shows what strangers write as text, wherever it comes from", async () => {
    const evil = '<img src="https://evil.invalid/x" onerror="document.title=1"><b>bold</b>';
    const judge = speak("validator", "judge", {
      ...validatorDocuments(),
      "": {
        ...emptyValidator(),
        leaderboard: [
          leaderRow("5Evil", 1, { name: evil, health: { okShare: 0, lastFailure: evil, lastAnsweredAtMs: null } }),
        ],
      },
      questions: {
        questions: [
          {
            ...{ number: 1, askedAtMs: 0, askedAtSeconds: 0, stratum: evil, state: "void", asked: 1, answered: 0 },
            ...{ failed: 1, meanProbability: null, baseRate: 0.5, converted: null, trueSeconds: null, reason: evil },
            meanTotal: null,
          },
        ],
        next: null,
      },
    });
    const { url } = await serve([judge]);
    const watched = await look(url);
    await says(watched, evil);
    await expect.poll(() => watched.page.getByText(evil, { exact: true }).count()).toBeGreaterThanOrEqual(4);
    expect(await watched.page.locator("main img, main b").count()).toBe(0);
    expect(watched.faults).toEqual([]);
  });

  it("takes events as they come, rows going to their places with the focus on them", async () => {
    const rows = [leaderRow("5aaa", 1, { name: "first" }), leaderRow("5bbb", 2, { name: "second" })];
    const judge = speak("validator", "judge", {
      ...validatorDocuments(),
      "": { ...emptyValidator(), leaderboard: rows },
    });
    const { url } = await serve([judge]);
    const watched = await look(url);
    const { page } = watched;
    const names = () =>
      page
        .locator("#h-leaderboard >> xpath=ancestor::section")
        .locator("tbody tr .who span:first-child")
        .allTextContents();
    await says(watched, "first");
    expect(await names()).toEqual(["first", "second"]);
    await page.getByRole("link", { name: /second/ }).focus();
    const [one, two] = rows as [LeaderRowView, LeaderRowView];
    judge.hub().publish("leaderboard", {
      node: "judge",
      version: 2,
      rows: [
        { ...two, rank: 1 },
        { ...one, rank: 2 },
      ],
    });
    await page.waitForFunction(() => document.querySelector("tbody .who span")?.textContent === "second");
    expect(await names()).toEqual(["second", "first"]);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("second");
  });

  it("is told what it missed while the line was cut, once, and reads no document again for it", async () => {
    const judge = speak("validator", "judge", validatorDocuments());
    const server = await serve([judge]);
    const line = await openFlaky(server.port);
    closing.push(line.close);
    const { page, faults } = await look(line.url);
    const link = (text: string) =>
      page.waitForFunction((t) => document.getElementById("link")?.textContent === t, text);
    await page.getByText("No question yet.").waitFor();
    await link("Live");
    judge.hub().publish("asked", asking(1));
    await page.getByRole("link", { name: "#1", exact: true }).waitFor();
    line.cut();
    await link("Reconnecting");
    for (const number of [2, 3]) judge.hub().publish("asked", asking(number));
    const reads: string[] = [];
    page.on("request", (request) => reads.push(new URL(request.url()).pathname));
    line.mend();
    await page.getByRole("link", { name: "#3", exact: true }).waitFor();
    await link("Live");
    judge.hub().publish("asked", asking(4));
    await page.getByRole("link", { name: "#4", exact: true }).waitFor();
    expect(
      await page
        .locator("main")
        .getByRole("link", { name: /^#\d+$/ })
        .allTextContents(),
    ).toEqual([...["#4", "#3", "#2", "#1"]]);
    expect(reads.filter((path) => path !== "/api/events" && !path.startsWith("/api/logs"))).toEqual([]);
    expect(faults).toEqual([]);
  });

  it("says that it reconnects, then since when it is stale, and is live again with everything once", async () => {
    const documents = validatorDocuments();
    const judge = speak("validator", "judge", documents);
    const server = await openNode([judge]);
    const { page, faults } = await look(server.url);
    const state = page.locator("#link");
    await page.waitForFunction(() => document.getElementById("link")?.textContent === "Live");
    await page.getByText("No question yet.").waitFor();
    judge.hub().publish("asked", asking(1));
    await page.getByRole("link", { name: "#1", exact: true }).waitFor();
    await server.close();
    await page.waitForFunction(() => document.getElementById("link")?.textContent === "Reconnecting");
    await page.waitForFunction(() => document.getElementById("link")?.textContent?.startsWith("Stale since"));
    expect(await state.textContent()).toMatch(/^Stale since \d\d:\d\d:\d\d$/);
    // What was shown is still there.
    await page.getByRole("link", { name: "#1", exact: true }).waitFor();

    const question = {
      number: 1,
      askedAtMs: 1,
      askedAtSeconds: 0,
      stratum: "test/messages-4",
      state: "open",
      asked: 1,
    };
    const rest = { answered: 0, failed: 0, meanProbability: null, baseRate: 0.5, converted: null };
    const read = (number: number) => ({
      ...question,
      ...rest,
      number,
      trueSeconds: null,
      reason: null,
      meanTotal: null,
    });
    const again = speak("validator", "judge", {
      ...documents,
      questions: { questions: [read(2), read(1)], next: null },
    });
    await serve([again], server.port);
    await page.waitForFunction(() => document.getElementById("link")?.textContent === "Live");
    await page.getByRole("link", { name: "#2", exact: true }).waitFor();
    again.hub().publish("asked", asking(2));
    again.hub().publish("asked", asking(3));
    await page.getByRole("link", { name: "#3", exact: true }).waitFor();
    expect(
      await page
        .locator("main")
        .getByRole("link", { name: /^#\d+$/ })
        .allTextContents(),
    ).toEqual(["#3", "#2", "#1"]);
    expect(faults).toEqual([]);
  });
});
