/** A Chromium that is there, and pages that keep account of what they did. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PLACES = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"];
/** Null = none is here, and then nothing of this suite can be said. */
export const CHROMIUM = PLACES.find((path) => path !== undefined && path !== "" && existsSync(path)) ?? null;
if (CHROMIUM === null) {
  console.warn(
    `Skipped: no Chromium at ${PLACES.filter(Boolean).join(" or ")}. Set CHROMIUM_PATH, or apt-get install chromium.`,
  );
}

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

export const openChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM ?? "", headless: true, args: FLAGS });

export const LIGHT = { viewport: { width: 1360, height: 900 }, colorScheme: "light" } as const;
export const DARK = { viewport: { width: 1360, height: 900 }, colorScheme: "dark" } as const;
export const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: "light" } as const;

/** A page, and what it must never do. */
export interface Watched {
  readonly page: Page;
  /** Requests to other hosts, breaches of the policy, errors that nobody caught. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** A page in a context of its own, at an address of the node. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = LIGHT,
): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  const faults: string[] = [];
  const { host } = new URL(url);
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol.startsWith("http") && asked.host !== host) faults.push(`asked ${request.url()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (/Content Security Policy|violates/i.test(text)) faults.push(`policy: ${text}`);
  });
  await page.exposeFunction("tellFault", (text: string) => faults.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      (window as unknown as { tellFault: (text: string) => void }).tellFault(
        `policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`,
      );
    });
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds serious or critical. It is put in by the debugger: the page's policy lets no script in. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)}: ${failureSummary?.slice(0, 200)}`),
      );
  });
}

/** How many pixels the page is wider than its window. */
export const sidewaysScroll = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
