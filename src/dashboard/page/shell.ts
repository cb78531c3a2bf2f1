import type { NodeKind, NodeView, OverviewView } from "../views.ts";
import { type Child, h, type VNode } from "./dom.ts";
import { ago, timeOfDay } from "./format.ts";
import type { LinkState } from "./live.ts";
import { minerPage } from "./miner.ts";
import { networkPage } from "./network.ts";
import { empty } from "./parts.ts";
import { questionPage } from "./question.ts";
import { href } from "./router.ts";
import { currentTheme, nextTheme, setTheme } from "./theme.ts";
import { validatorPage } from "./validator.ts";
import type { Scene } from "./view.ts";
import { failed, waiting } from "./waiting.ts";

const KINDS: readonly (readonly [NodeKind, string])[] = [
  ["validator", "Validator"],
  ["miner", "Miner"],
  ["network", "Network"],
];
const PAGES = { validator: validatorPage, miner: minerPage, network: networkPage } as const;

/** The node that a path means, and nothing where there is none such. */
function nodeOf(path: readonly string[], { nodes }: OverviewView): NodeView | undefined {
  const [view, id] = path;
  if (view === undefined) return nodes[0];
  if (view === "question") return nodes.find((node) => node.id === id);
  const kind = nodes.filter((node) => node.kind === view);
  return id === undefined ? kind[0] : kind.find((node) => node.id === id);
}

/** What the tab is called. */
export function titleOf(path: readonly string[], overview: OverviewView | undefined): string {
  const node = overview === undefined ? undefined : nodeOf(path, overview);
  if (node === undefined) return "conversion-subnet";
  const what = path[0] === "question" ? `Question ${path[2] ?? ""}` : `${node.name} (${node.kind})`;
  return `${what} · conversion-subnet`;
}

function stateText(link: LinkState, nowMs: number): readonly [tone: string, text: string, title: string] {
  if (link.kind === "live") return ["good", "Live", "Events come as they happen."];
  if (link.kind === "connecting") return ["muted", "Connecting", "The stream of events is being opened."];
  const since = timeOfDay(link.sinceMs);
  if (link.kind === "reconnecting") return ["warn", "Reconnecting", `The last event came ${ago(link.sinceMs, nowMs)}.`];
  return ["bad", `Stale since ${since}`, "The node does not answer; what is shown is as it was then."];
}

function linkState({ link, nowMs }: Scene): VNode {
  const [tone, text, title] = stateText(link, nowMs);
  return h(
    "span",
    { class: "state", title },
    h("span", { class: `dot ${tone}${link.kind === "reconnecting" ? " pulse" : ""}`, "aria-hidden": "true" }),
    // Only its changes are read out.
    h("span", { role: "status", id: "link" }, text),
  );
}

const THEME_ICONS = {
  system: "M8 2.5v11a5.5 5.5 0 0 0 0-11Z M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Z",
  light:
    "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z M8 1v2 M8 13v2 M1 8h2 M13 8h2 M3 3l1.5 1.5 M11.5 11.5 13 13 M13 3l-1.5 1.5 M4.5 11.5 3 13",
  dark: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z",
} as const;

function themeButton(): VNode {
  const theme = currentTheme();
  const label = `Theme: ${theme}. Switch to ${nextTheme()}.`;
  return h(
    "button",
    { type: "button", class: "theme", title: label, "aria-label": label, onclick: () => setTheme(nextTheme()) },
    h(
      "svg",
      { viewBox: "0 0 16 16", "aria-hidden": "true", "stroke-width": "1.3", stroke: "currentColor", fill: "none" },
      h("path", { d: THEME_ICONS[theme], fill: theme === "system" ? "currentColor" : "none", "fill-rule": "evenodd" }),
    ),
  );
}

function header(scene: Scene, current: NodeView | undefined): VNode {
  const nodes = scene.overview.data?.nodes ?? [];
  const tabs = KINDS.flatMap(([kind, text]) => {
    const first = nodes.find((node) => node.kind === kind);
    if (first === undefined) return [];
    const here = current?.kind === kind;
    return [
      h(
        "a",
        { key: kind, href: href(kind, (here ? current : first).id), "aria-current": here ? "page" : undefined },
        text,
      ),
    ];
  });
  return h(
    "header",
    { class: "top" },
    h(
      "a",
      { class: "brand", href: "#/" },
      h(
        "svg",
        { viewBox: "0 0 16 16", "aria-hidden": "true", fill: "none", stroke: "currentColor", "stroke-width": "2" },
        h("path", { d: "M2 11.5 5.8 6.8 9 9.5 14 3.5", "stroke-linecap": "round", "stroke-linejoin": "round" }),
      ),
      "conversion-subnet",
    ),
    h("nav", { class: "views", "aria-label": "Views" }, tabs),
    h("div", { class: "right" }, linkState(scene), themeButton()),
  );
}

/** Instead of a page. */
const nowhere = (why: string, ...what: readonly Child[]) => [h("h1", { class: "hidden" }, why), empty(why, ...what)];

function content(scene: Scene, current: NodeView | undefined): Child {
  const { data, problem } = scene.overview;
  if (data === undefined) return problem === undefined ? waiting("Reading what this node has …") : failed(problem);
  if (data.nodes.length === 0) {
    return nowhere(
      "This process has no node to show.",
      "Start one with its admin address, for example ",
      h("code", null, "conversion-subnet demo"),
      ", or read a folder: ",
      h("code", null, "conversion-subnet dashboard --help"),
      ".",
    );
  }
  if (current === undefined) {
    return nowhere(
      "There is nothing at this address.",
      "The node it names may have been another process's. Here are: ",
      data.nodes.flatMap((node, i) => [
        i > 0 && ", ",
        h("a", { href: href(node.kind, node.id) }, `${node.name} (${node.kind})`),
      ]),
      ".",
    );
  }
  if (scene.path[0] === "question") return questionPage(scene, current);
  return PAGES[current.kind](scene, current);
}

function footer({ overview: { data }, nowMs }: Scene): VNode {
  return h(
    "footer",
    { class: "foot" },
    data && h("span", null, `conversion-subnet ${data.version}`),
    data && h("span", null, `started ${ago(data.startedAtMs, nowMs)}`),
    data && !data.ready && h("span", { class: "warn" }, "not ready: ", h("a", { href: "readyz" }, "why")),
  );
}

/** The whole page. */
export function shell(scene: Scene): readonly Child[] {
  const { data } = scene.overview;
  const current = data === undefined ? undefined : nodeOf(scene.path, data);
  const toMain = (event: Event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return [
    h("a", { class: "skip", href: "#main", onclick: toMain }, "Skip to the content"),
    header(scene, current),
    h("main", { id: "main", tabindex: "-1" }, content(scene, current)),
    footer(scene),
  ];
}
