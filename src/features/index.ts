/**
 * @module features
 * Row 2: a conversation in, 40 numbers as of a moment out. Pure. It knows nothing of outcomes but what {@link landmarkRows}
 * needs to say which questions an honest validator would have asked.
 *
 * @example
 * const tracker = createFeatureTracker(null);
 * tracker.add({ role: "agent", text: "May I have your name?", atSeconds: 0 });
 * tracker.features().question_count_agent; // 1
 */
export { ENTITY_TYPES, type EntityType, findEntities, normaliseEntity } from "./entities.ts";
export {
  featuresAsOf,
  type LandmarkOptions,
  type LandmarkRow,
  landmarkRows,
  truthOf,
  visibleMessages,
} from "./landmarks.ts";
export { foldText } from "./text.ts";
export { createFeatureTracker, type FeatureOptions, type FeatureTracker } from "./tracker.ts";
export { type WallClock, wallClock } from "./wall-clock.ts";
