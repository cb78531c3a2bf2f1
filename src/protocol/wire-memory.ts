import { announcesAxon } from "./axon/version.ts";
import type { ReceivedResponse, WireFormat, WireFormats } from "./wire.ts";

/** Whom a format is remembered for. */
export interface Speaker {
  readonly hotkey: string;
  readonly host: string;
  readonly port: number;
  readonly version?: number | undefined;
}

/** Which format each peer speaks, as far as it has shown. */
export interface WireMemory {
  /** The formats to try now, best first: only one while another trial would most likely be in vain. */
  choose(peer: Speaker): WireFormats;
  /** The peer has answered in this format. Nothing else changes what is remembered: a network error least of all. */
  learned(peer: Speaker, wire: WireFormat): void;
  /** It refused in words of no format: of the next questions 2, 4, 8, up to 64 are sent in the best one only. */
  missed(peer: Speaker): void;
  readonly size: number;
}

interface Entry {
  readonly version: number | undefined;
  readonly wire: WireFormat | null;
  misses: number;
  wait: number;
}

const MAX_WAIT = 64;
const keyOf = ({ hotkey, host, port }: Speaker) => `${hotkey} ${host} ${port}`;

/** Statuses with which a server may answer a request in a format that it does not know. */
const FOREIGN = new Set([400, 401, 403, 404, 405, 415, 422, 500, 501]);

/** Whether a response may come from a server that speaks another format: a refusal, and not in the words of this one. */
export function isForeign(response: ReceivedResponse, wire: WireFormat): boolean {
  return FOREIGN.has(response.status) && !wire.response.recognises(response);
}

/**
 * Remembers for `maxPeers` pairs of hotkey and address, those heard from last. Whoever announces another version is asked anew.
 *
 * @param wires the formats that we speak, the preferred one first; for a peer whose version is that of an SDK with axons, that one is.
 */
export function createWireMemory({
  wires,
  maxPeers = 4_096,
}: {
  readonly wires: WireFormats;
  readonly maxPeers?: number;
}): WireMemory {
  const entries = new Map<string, Entry>();
  const remember = (peer: Speaker, entry: Entry) => {
    const key = keyOf(peer);
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= maxPeers) break;
      entries.delete(oldest);
    }
  };
  const hinted = ({ version }: Speaker): WireFormat => {
    const old = version !== undefined && announcesAxon(version);
    return wires.find(({ name }) => (name === "axon") === old) ?? wires[0];
  };
  const known = (peer: Speaker): Entry | undefined => {
    const entry = entries.get(keyOf(peer));
    return entry?.version === peer.version ? entry : undefined;
  };
  return {
    get size() {
      return entries.size;
    },
    choose(peer) {
      const entry = known(peer);
      const best = entry?.wire ?? hinted(peer);
      if (entry !== undefined && entry.wait > 0) {
        entry.wait -= 1;
        return [best];
      }
      return [best, ...wires.filter((wire) => wire !== best)];
    },
    learned(peer, wire) {
      remember(peer, { version: peer.version, wire, misses: 0, wait: 0 });
    },
    missed(peer) {
      const entry = known(peer);
      const misses = (entry?.misses ?? 0) + 1;
      const wait = Math.min(2 ** misses, MAX_WAIT);
      remember(peer, { version: peer.version, wire: entry?.wire ?? null, misses, wait });
    },
  };
}
