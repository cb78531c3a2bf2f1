import type { NodeView } from "../views.ts";
import type { Doc, Problem } from "./documents.ts";
import { type Child, h, type VNode } from "./dom.ts";
import { key, notice } from "./parts.ts";
import { href } from "./router.ts";
import type { Scene } from "./view.ts";

/** Something is on its way. */
export function waiting(text = "Reading …"): VNode {
  return h("p", { class: "muted" }, text);
}

/** It could not be read: what happened, and that it is tried again. */
export function failed(problem: Problem): VNode {
  const what = problem.status === 404 ? "There is no such thing here." : "This could not be read.";
  return notice("bad", what, problem.message, problem.status === 404 ? "" : " It is tried again by itself.");
}

/** Draws a document that is here; else says why it is not. An old one is shown with the reason above it. */
export function withDoc<T>({ data, problem }: Doc<T>, draw: (data: T) => Child): Child {
  if (data === undefined) return problem === undefined ? waiting() : failed(problem);
  return [problem !== undefined && failed(problem), draw(data)];
}

/** The name of a node, what is known of it, and the others of its kind. */
export function nodeHead({ overview }: Scene, node: NodeView, facts: readonly Child[]): VNode {
  const others = (overview.data?.nodes ?? []).filter(({ kind }) => kind === node.kind);
  const go = (event: Event) => {
    location.hash = href(node.kind, (event.target as HTMLSelectElement).value);
  };
  return h(
    "div",
    { class: "head", key: "head" },
    h("h1", null, node.name),
    h(
      "div",
      { class: "facts" },
      node.hotkey !== null && key(node.hotkey),
      node.network !== null &&
        node.kind !== "network" &&
        h("span", null, `${node.network}${node.netuid === null ? "" : `, netuid ${node.netuid}`}`),
      !node.live && h("span", { class: "warn" }, "read from files, not running"),
      facts.map((fact) => fact && h("span", null, fact)),
    ),
    others.length > 1 &&
      h(
        "label",
        { class: "picker" },
        `${others.length} ${node.kind}s`,
        h(
          "select",
          { onchange: go, value: node.id },
          others.map(({ id, name }) => h("option", { key: id, value: id }, name)),
        ),
      ),
  );
}
