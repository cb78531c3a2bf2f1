import type { QuestionDetailView } from "../views.ts";
import { type Child, h } from "./dom.ts";
import { percent, plural } from "./format.ts";

/** Every answer as a dot on the way from "surely not" to "surely"; the base rate is the line. */
export function spreadOf({ replies, baseRate, converted }: QuestionDetailView): Child {
  const said = replies.flatMap(({ probability }) => (probability === null ? [] : [probability]));
  const right = said.filter((p) => (converted === 1 ? p > 0.5 : p < 0.5)).length;
  const says = `${plural(said.length, "answer")} from ${percent(Math.min(...said), 0)} to ${percent(Math.max(...said), 0)}; base rate ${percent(baseRate, 0)}${
    converted === null ? "" : `; ${plural(right, "answer")} on the right side of one half`
  }.`;
  const x = (p: number) => 10 + p * 580;
  // Equal answers stand on one another.
  const piles = new Map<number, number>();
  const dots = said.map((p) => {
    const at = Math.round(p * 100);
    const height = piles.get(at) ?? 0;
    piles.set(at, height + 1);
    return h("circle", { cx: x(at / 100).toFixed(1), cy: (52 - Math.min(height, 9) * 5).toFixed(1), r: "4" });
  });
  return [
    h("p", { class: "muted" }, says),
    h(
      "svg",
      { class: "spread", viewBox: "0 0 600 64", role: "img", "aria-label": says },
      h("line", { x1: "10", x2: "590", y1: "58", y2: "58" }),
      h("line", { class: "base", x1: x(baseRate), x2: x(baseRate), y1: "4", y2: "58" }),
      dots,
    ),
    h("div", { class: "ends muted" }, h("span", null, "0 %"), h("span", null, "100 %")),
  ];
}
