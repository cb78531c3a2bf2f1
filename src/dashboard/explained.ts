import { type Explanation, explanationLines, type StoredMode, storedMode } from "../scoring/index.ts";
import { componentOf } from "./figures.ts";
import type { ExplanationView, ModeView } from "./views.ts";

/** A mode with its formula, where this version knows it. */
export function modeViewOf({ name, version, constants }: StoredMode): ModeView {
  return { name, version, constants, formula: storedMode({ name, version, constants })?.formula ?? [] };
}

/** An explanation for the page: the same lines as on the terminal, and its numbers. */
export function explanationViewOf(explanation: Explanation, validator: string): ExplanationView {
  const { question, hotkey, mode, stored, recomputed, agrees, notes } = explanation;
  const score = stored ?? recomputed;
  return {
    question,
    hotkey,
    validator,
    lines: explanationLines(explanation),
    mode: modeViewOf(mode),
    components: Object.entries(score?.components ?? {}).map(([name, value]) => ({
      ...componentOf(name, mode.constants),
      value,
    })),
    total: score?.total ?? null,
    prediction: score?.prediction ?? null,
    best: score?.best ?? null,
    invalid: score?.invalid ?? null,
    agrees,
    notes,
  };
}
