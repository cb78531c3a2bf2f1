import type { ValidatorView, WeightsHistoryView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { ago, count, percent, plural } from "./format.ts";
import { who } from "./leaderboard.ts";
import { barred, empty, panel } from "./parts.ts";
import { paths } from "./paths.ts";
import { table } from "./table.ts";
import type { Scene } from "./view.ts";
import { withDoc } from "./waiting.ts";

type Set_ = WeightsHistoryView["sets"][number];
interface Compared {
  readonly hotkey: string;
  readonly share: number;
  readonly before: number | null;
  readonly incentive: number | null;
}

function compared(
  [latest, previous]: readonly Set_[],
  incentives: ReadonlyMap<string, number | null>,
): readonly Compared[] {
  const before = new Map(previous?.shares.map(({ hotkey, share }) => [hotkey, share]));
  return (latest?.shares ?? []).map(({ hotkey, share }) => ({
    hotkey,
    share,
    before: previous === undefined ? null : (before.get(hotkey) ?? 0),
    incentive: incentives.get(hotkey) ?? null,
  }));
}

const change = ({ share, before }: Compared) => (before === null ? null : share - before);

/** The weights last set, what changed, and what the chain made of them. */
export function weightsPanel({ docs, nowMs }: Scene, id: string, view: ValidatorView): Child {
  const names = new Map(view.leaderboard.map(({ hotkey, name }) => [hotkey, name]));
  const incentives = new Map(view.leaderboard.map(({ hotkey, incentive }) => [hotkey, incentive]));
  const { epoch, setCount } = view.weights;
  const aside = epoch?.blocksLeft == null ? undefined : `next epoch in ${plural(epoch.blocksLeft, "block")}`;
  return panel(
    { id: "weights", title: "Weights and incentive", aside },
    withDoc(docs.ask<WeightsHistoryView>(paths.weights(id)), ({ sets }) => {
      const [latest] = sets;
      if (latest === undefined) {
        return empty(
          "No weights were set yet.",
          setCount > 0 ? "Older ones are not kept." : "They are set at the end of an epoch, once answers are scored.",
        );
      }
      const rows = compared(sets, incentives);
      const top = Math.max(1e-9, ...rows.map(({ share }) => share));
      const topIncentive = Math.max(1e-9, ...rows.map(({ incentive }) => incentive ?? 0));
      return [
        h(
          "p",
          { class: "muted" },
          `Set ${ago(latest.setAtMs, nowMs)} at block ${count(latest.block)}; ${plural(setCount, "time")} in all.`,
        ),
        h(
          "div",
          { class: "after" },
          table<Compared>({
            id: "weights",
            caption: "The weights last set, and the incentive on chain",
            keyOf: ({ hotkey }) => hotkey,
            rows,
            limit: 10,
            order: ["share", false],
            columns: [
              {
                key: "miner",
                title: "Miner",
                header: true,
                cell: ({ hotkey }) => who(id, { hotkey, name: names.get(hotkey) ?? null }),
              },
              {
                key: "share",
                title: "Weight",
                number: true,
                cell: ({ share }) => barred(percent(share), share / top),
                sort: ({ share }) => share,
              },
              {
                key: "change",
                title: "Change",
                hint: "Since the weights before, in percentage points",
                number: true,
                cell: (row) => points(change(row)),
                sort: change,
              },
              {
                key: "incentive",
                title: "Incentive",
                hint: "Share of the miners' emission in the last epoch",
                number: true,
                cell: ({ incentive }) => barred(percent(incentive), (incentive ?? 0) / topIncentive),
                sort: ({ incentive }) => incentive,
              },
            ],
          }),
        ),
      ];
    }),
  );
}

function points(value: number | null): string {
  if (value === null) return "–";
  const text = (value * 100).toFixed(1);
  return Number(text) === 0 ? "0.0" : Number(text) > 0 ? `+${text}` : text.replace("-", "−");
}
