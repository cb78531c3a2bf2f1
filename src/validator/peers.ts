import type { Metagraph } from "../chain/index.ts";
import type { Peer } from "../protocol/index.ts";

/** Who can be asked, and whom to ask next. */
export interface Peers {
  /** Takes a new metagraph: who left is forgotten. */
  update(metagraph: Metagraph): void;
  /** Up to `sampleSize` serving miners, the least recently asked first, equals by uid; 0 = all. */
  choose(sampleSize: number): readonly (Peer & { readonly uid: number })[];
  readonly serving: number;
}

/**
 * @param ownHotkey never asked itself.
 * @param maxMinerStakeRao a uid with a permit and more stake than this is another validator and is not asked; read anew at each look.
 * @example
 * createPeers({ ownHotkey: "5Grwva…", maxMinerStakeRao: 4096n * RAO_PER_TAO }).choose(0); // []
 */
export function createPeers(options: { readonly ownHotkey: string; readonly maxMinerStakeRao: bigint }): Peers {
  const { ownHotkey } = options;
  let serving: (Peer & { readonly uid: number })[] = [];
  const lastAsked = new Map<string, number>();
  let turn = 0;
  return {
    update({ neurons }) {
      serving = neurons.flatMap(({ uid, hotkey, axon, validatorPermit, stakeRao }) => {
        if (axon === null || hotkey === ownHotkey || (validatorPermit && stakeRao > options.maxMinerStakeRao))
          return [];
        return [{ uid, hotkey, host: axon.ip, port: axon.port, version: axon.version }];
      });
      const known = new Set(serving.map(({ hotkey }) => hotkey));
      for (const hotkey of lastAsked.keys()) if (!known.has(hotkey)) lastAsked.delete(hotkey);
    },
    choose(sampleSize) {
      const asked = ({ hotkey }: Peer) => lastAsked.get(hotkey) ?? 0;
      const order = [...serving].sort((a, b) => asked(a) - asked(b) || a.uid - b.uid);
      const chosen = sampleSize === 0 ? order : order.slice(0, sampleSize);
      turn += 1;
      for (const { hotkey } of chosen) lastAsked.set(hotkey, turn);
      return chosen;
    },
    get serving() {
      return serving.length;
    },
  };
}
