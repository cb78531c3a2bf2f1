/**
 * @module demo
 * Row 5: a whole subnet in one process, to look at and to measure: a ledger, one validator, eight miners of different honesty, real
 * HTTP on loopback between them. It composes the nodes and adds nothing to them; `cli/` draws what it says.
 *
 * @example
 * STRATEGIES.length; // 7
 */
export {
  createDemo,
  DEMO_DEFAULTS,
  type Demo,
  type DemoModules,
  type DemoNodes,
  type DemoOptions,
  type DemoWatch,
} from "./demo.ts";
export { type DemoSummary, type LeaderboardRow, leaderboardLines, ranked } from "./leaderboard.ts";
export { createPlayers, type Player, type PlayerMaterial, STRATEGIES, type Strategy } from "./strategies.ts";
