import { expect, it } from "vitest";
import { questionOf, yes } from "../../test/support/feedback.ts";
import { createMinerDrift } from "./feedback-drift.ts";

const truth = { converted: 1, timeSeconds: null } as const;

it("judges a model by what it answered itself, each answer once", () => {
  const drift = createMinerDrift();
  const rows = () => drift.status().performance.realised.rows;
  for (const number of [1, 2, 3]) drift.answered(questionOf(number), yes);
  drift.settled({ question: questionOf(1), answer: yes, truth });
  drift.settled({ question: questionOf(1), answer: yes, truth });
  drift.settled({ question: questionOf(9), answer: yes, truth });
  expect(rows()).toBe(1);
  drift.follow(null);
  drift.answered(questionOf(4), yes);
  // What the model before had said of 2 and 3 is none of the new one's.
  for (const number of [2, 3, 4]) drift.settled({ question: questionOf(number), answer: yes, truth });
  expect(rows()).toBe(1);
});
