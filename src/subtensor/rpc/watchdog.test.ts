import { expect, it } from "vitest";
import { createManualClock, sleep } from "../../core/index.ts";
import { createWatchdog } from "./watchdog.ts";

/** A watchdog that looks every millisecond, by a clock that we move. */
function watch(deadAfterMs: number | null = 4) {
  const clock = createManualClock();
  const barks: string[] = [];
  const dog = createWatchdog({ deadAfterMs }, { clock, onDead: (problem) => barks.push(problem) });
  dog.start();
  return { clock, barks, dog };
}
const looks = () => sleep(20);

it("is content while a node answers and blocks come", async () => {
  const { clock, barks, dog } = watch();
  for (let i = 0; i < 10; i++) {
    clock.advance(4);
    dog.sign();
    dog.head();
    await looks();
  }
  expect(barks).toEqual([]);
  dog.stop();
});

it("barks once, when no node answers", async () => {
  const { clock, barks } = watch();
  clock.advance(5);
  await looks();
  clock.advance(5);
  await looks();
  expect(barks).toEqual(["no node has answered for 0 s"]);
});

it("barks when no block comes, though a node answers", async () => {
  const { clock, barks, dog } = watch();
  clock.advance(3);
  dog.sign();
  clock.advance(2);
  await looks();
  expect(barks).toEqual(["no new block for 0 s, though a node answers"]);
  expect(dog.status()).toEqual({ sinceSignMs: 2, sinceHeadMs: 5 });
});

it("only watches when told so", async () => {
  const { clock, barks, dog } = watch(null);
  clock.advance(1e9);
  await looks();
  expect([barks, dog.status().sinceHeadMs]).toEqual([[], 1e9]);
});
