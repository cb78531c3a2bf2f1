import type { CountView, MinerView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { ago, count, DASH, percent, shortKey } from "./format.ts";
import { barred, empty, panel } from "./parts.ts";
import { table } from "./table.ts";

type Caller = NonNullable<MinerView["requests"]>["callers"][number];
const refusals = (refused: readonly CountView[]) => refused.reduce((sum, { count: n }) => sum + n, 0);

/** Who asks, and what they were told. */
export function requestPanels({ requests, feedback }: MinerView, nowMs: number): Child {
  if (requests === null) return null;
  const { outcomes, callers, others } = requests;
  const total = refusals(outcomes);
  const means = new Map(feedback?.validators.map(({ hotkey, meanTotal }) => [hotkey, meanTotal]));
  return h(
    "div",
    { class: "grid", key: "requests" },
    panel(
      { id: "callers", title: "Requests by validator", aside: others > 0 ? `${count(others)} of others` : undefined },
      table<Caller>({
        id: "callers",
        caption: "Requests by proven caller",
        keyOf: ({ hotkey }) => hotkey,
        rows: callers,
        limit: 12,
        empty: [
          h("strong", null, "Nobody has asked yet."),
          "Validators find this miner on chain. Is its axon announced, and its port open?",
        ],
        columns: [
          {
            key: "hotkey",
            title: "Validator",
            header: true,
            cell: ({ hotkey }) => h("span", { class: "key", title: hotkey }, shortKey(hotkey)),
          },
          {
            key: "answered",
            title: "Answered",
            number: true,
            cell: ({ answered }) => count(answered),
            sort: ({ answered }) => answered,
          },
          {
            key: "refused",
            title: "Refused",
            number: true,
            cell: ({ refused }) => count(refusals(refused)),
            sort: ({ refused }) => refusals(refused),
          },
          {
            key: "why",
            title: "Why",
            cell: ({ refused }) =>
              refused.length === 0 ? DASH : refused.map(({ name, count: n }) => `${name} ${count(n)}`).join(", "),
          },
          {
            key: "score",
            title: "Mean score",
            number: true,
            cell: ({ hotkey }) => (means.get(hotkey) ?? null)?.toFixed(4) ?? DASH,
          },
          {
            key: "last",
            title: "Last",
            number: true,
            cell: ({ lastAtMs }) => ago(lastAtMs, nowMs),
            sort: ({ lastAtMs }) => lastAtMs,
          },
        ],
      }),
    ),
    panel(
      { id: "outcomes", title: "Requests by outcome", aside: `${count(total)} requests` },
      total === 0
        ? empty("No request yet.", "Each is counted here by what it was told: OK, or the reason of a refusal.")
        : table<CountView>({
            id: "outcomes",
            caption: "Requests by what they were told",
            keyOf: ({ name }) => name,
            rows: outcomes,
            columns: [
              { key: "name", title: "Outcome", header: true, cell: ({ name }) => name },
              {
                key: "count",
                title: "Requests",
                number: true,
                cell: ({ count: n }) => barred(count(n), n / total),
              },
              { key: "share", title: "Share", number: true, cell: ({ count: n }) => percent(n / total) },
            ],
          }),
    ),
  );
}
