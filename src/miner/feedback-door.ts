import { andThen, type Clock } from "../core/index.ts";
import {
  addFeedbackRoute,
  type CheckSignature,
  type MinerApp,
  type Permission,
  type Screen,
} from "../protocol/index.ts";
import type { MinerFeedback } from "./feedback.ts";
import { createPolicy } from "./policy.ts";

const STRANGER: Permission = { allowed: false, reason: "this miner has answered no question of the caller of late" };

/**
 * Opens `POST /Feedback` on a miner's server, for those who may ask it questions and have.
 *
 * @param maxPerSecond messages of one validator, in the long run.
 */
export function openFeedbackDoor(
  app: MinerApp,
  { self, maxPerSecond = 50 }: { readonly self: string; readonly maxPerSecond?: number | undefined },
  {
    feedback,
    screen,
    checkSignature,
    clock,
  }: {
    readonly feedback: Pick<MinerFeedback, "hasAnswered" | "take">;
    readonly screen: Screen;
    readonly checkSignature?: CheckSignature | undefined;
    readonly clock: Clock;
  },
): void {
  // Whoever comes here is welcome already; only how often is asked.
  const anybody = { allowNonRegistered: true, forceValidatorPermit: false };
  const rates = createPolicy({ ...anybody, maxRequestsPerSecond: maxPerSecond }, { clock });
  const isWelcome: Screen = (hotkey) =>
    andThen(feedback.hasAnswered(hotkey), (answered) => (answered ? screen(hotkey) : STRANGER));
  addFeedbackRoute(
    app,
    { self },
    {
      take: (told, { hotkey }) => feedback.take(told, hotkey, self),
      screen: isWelcome,
      // Who was screened is now proven: only the rate is left to ask.
      authorize: rates.decide,
      ...{ checkSignature, clock },
    },
  );
}
