/** A miner of several processes: one leads and has the key, the chain and the nonces; the others answer. */
export type { Wire } from "./channel.ts";
export { createHand, type Hand } from "./hand.ts";
export { createHead, type HandProcess, type Head, type HeadModules, type HeadOptions } from "./head.ts";
export type { Snapshot } from "./messages.ts";
