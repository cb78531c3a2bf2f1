import type { OverviewView } from "../views.ts";
import { applyEvent } from "./apply.ts";
import { createDocuments, readDocument } from "./documents.ts";
import { patch } from "./dom.ts";
import { type LinkState, openLive } from "./live.ts";
import { paths } from "./paths.ts";
import { parseHash } from "./router.ts";
import { shell, titleOf } from "./shell.ts";
import { onUiChange } from "./state.ts";
import { onTheme } from "./theme.ts";

/** The page itself: one drawing a frame, however many events came since the last. */
const root = document.getElementById("page") ?? document.body;
let link: LinkState = { kind: "connecting" };
let asked = false;
/** Documents are read once the stream is there, so that nothing falls between; without a stream after a moment. */
let begun = false;
const STREAM_GRACE_MS = 400;

function draw(): void {
  asked = false;
  docs.begin();
  const path = parseHash(location.hash);
  const overview = begun ? docs.ask<OverviewView>(paths.overview) : { data: undefined, problem: undefined };
  // Ages are told by the node's clock, which need not be this machine's.
  if (overview.data !== undefined && overview.data !== seen) {
    seen = overview.data;
    skewMs = overview.data.nowMs - Date.now();
  }
  patch(root, shell({ docs, path, overview, link, nowMs: Date.now() + skewMs }));
  document.title = titleOf(path, overview.data);
}
let seen: OverviewView | undefined;
let skewMs = 0;

function soon(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(draw);
}
/** Events come in many pieces: what comes within a tenth of a second is drawn together. */
const GATHER_MS = 100;
let gathering = false;
function gathered(): void {
  if (gathering || asked) return;
  gathering = true;
  setTimeout(() => {
    gathering = false;
    soon();
  }, GATHER_MS);
}
const docs = createDocuments({
  read: readDocument,
  changed: gathered,
  now: () => Date.now(),
  later: (run, ms) => setTimeout(run, ms),
});

function begin(): void {
  if (begun) return;
  begun = true;
  soon();
}

onUiChange(soon);
onTheme(soon);
addEventListener("hashchange", () => {
  soon();
  scrollTo(0, 0);
  // As after a new page: whoever cannot see it is told where they are.
  requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
});
setInterval(() => {
  if (!document.hidden) soon();
}, 1_000);
openLive({
  url: "api/events",
  onEvent: (name, event) => applyEvent(name, event, docs),
  onReset: () => {
    begin();
    docs.stale(() => true);
  },
  onState: (state) => {
    link = state;
    soon();
  },
  lookUp: async () => ((await readDocument(paths.overview)) as OverviewView).lastEventId,
});
setTimeout(begin, STREAM_GRACE_MS);
