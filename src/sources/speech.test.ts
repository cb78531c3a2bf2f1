import { expect, test } from "vitest";
import { createRandom } from "../core/index.ts";
import { findEntities, foldText } from "../features/index.ts";
import { createHiddenState, type HiddenState, type Move } from "./process.ts";
import { createSpeech } from "./speech.ts";

const AGENT_MOVES: readonly Move[] = ["greet", "ask", "tell", "thanks"];
function said(move: Move, changes: Partial<HiddenState> = {}, count = 300): string[] {
  const speaker = AGENT_MOVES.includes(move) ? "agent" : "user";
  const hidden = createHiddenState(createRandom(1), { businessHours: true });
  const state = { ...hidden, ...{ trust: 0, need: 0, skill: 0 }, ...changes, speaker } as const;
  return Array.from({ length: count }, (_, i) => createSpeech(createRandom(`speech/${i}`))({ move, state }));
}
const meanLength = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
const questions = (texts: readonly string[]) => texts.filter((text) => text.includes("?")).length;

test("users give what the entity finder knows, and nobody's real address or number", () => {
  const state = { ...createHiddenState(createRandom(1), { businessHours: true }), trust: 1 };
  const found = Array.from({ length: 300 }, (_, i) => {
    const say = createSpeech(createRandom(`speech/${i}`));
    say({ move: "ask", state: { ...state, speaker: "agent" } });
    return findEntities(say({ move: "give", state: { ...state, given: 1, speaker: "user" } }));
  }).flat();
  const types = new Set(found.map(({ type }) => type));
  for (const type of ["email", "phone", "date", "money", "time"]) expect(types).toContain(type);
  for (const { type, value } of found) {
    if (type === "email") expect(value).toMatch(/^[a-z]+\.[a-z]+@example\.com$/);
    if (type === "phone") expect(value).toMatch(/^\d{3}55501\d\d$/);
  }
});

test("nothing but what is given holds an entity", () => {
  const moves: readonly Move[] = ["greet", "ask", "tell", "thanks", "open", "evade", "chat", "bye"];
  for (const move of moves) expect(said(move, { trust: 2 }).flatMap((text) => findEntities(text))).toEqual([]);
});

test("trust makes messages longer and questions back rarer; skill makes the agent say more", () => {
  expect(meanLength(said("chat", { trust: 1 }))).toBeGreaterThan(1.5 * meanLength(said("chat", { trust: -1 })));
  expect(questions(said("chat", { trust: 1 }))).toBeLessThan(questions(said("chat", { trust: -1 })));
  expect(meanLength(said("tell", { skill: 1 }))).toBeGreaterThan(1.3 * meanLength(said("tell", { skill: -1 })));
});

test("an agent asks with a question mark, for what was not given yet, and again in the same words without skill", () => {
  expect(questions(said("ask"))).toBe(300);
  const repeats = (skill: number) => {
    const state = { ...createHiddenState(createRandom(1), { businessHours: true }), skill, speaker: "agent" } as const;
    return Array.from({ length: 200 }, (_, i) => {
      const say = createSpeech(createRandom(`again/${i}`));
      const [first, second] = [say({ move: "ask", state }), say({ move: "ask", state })];
      return Number(foldText(first).slice(0, 12) === foldText(second).slice(0, 12));
    }).reduce((sum, same) => sum + same, 0);
  };
  expect(repeats(-2)).toBeGreaterThan(repeats(2));
});

test("some words are mistyped", () => {
  expect(said("open", { trust: -3 }).filter((text) => !/looking|need|offer|please/.test(text)).length).toBeGreaterThan(
    3,
  );
});
