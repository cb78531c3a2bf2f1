import { expect, it } from "vitest";
import { createComing } from "./coming.ts";

it("counts what each request brings, until it ends", () => {
  const coming = createComing();
  const [one, two] = [coming.begin(), coming.begin()];
  one.add("a", { type: "message" });
  two.add("a", { type: "entity" });
  two.add("b", { type: "message" });
  expect([coming.messages("a"), coming.all("a"), coming.messages("b"), coming.all("c")]).toEqual([1, 2, 1, 0]);
  two.end();
  two.end();
  expect([coming.messages("a"), coming.all("a"), coming.all("b")]).toEqual([1, 1, 0]);
});
