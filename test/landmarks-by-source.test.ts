import { afterEach, expect, it } from "vitest";
import { closeStores, FOUR, world } from "./support/live-world.ts";

afterEach(closeStores);

it("asks about each source's conversations at its own landmarks, and at the common ones where it has none", async () => {
  const landmarks = [{ messages: 4 }];
  const { live, runUntil, asked } = await world({
    landmarks,
    landmarksBySource: { shop: [{ messages: 1 }, { seconds: 30 }] },
  });
  await live.accept("shop", FOUR);
  await live.accept("support", FOUR);
  await live.accept("constructor", FOUR);
  await runUntil(100);
  const of = (id: string) => asked().flatMap((one) => (one.id === id ? [one.landmark] : []));
  expect(of("shop/c1")).toEqual([{ messages: 1 }, { seconds: 30 }]);
  expect(of("support/c1")).toEqual(landmarks);
  expect(of("constructor/c1")).toEqual(landmarks);
});
