import { randomInt } from "node:crypto";

/** Nonces by sender, each until its time. */
export interface SeenNonces {
  readonly size: number;
  has(sender: string, nonce: bigint): boolean;
  /** It must not be there yet, and `untilMs` never falls. */
  add(sender: string, nonce: bigint, untilMs: number): void;
  /** Forgets those whose time has come. */
  expire(nowMs: number): void;
}

interface Sender {
  readonly name: string;
  readonly id: number;
  held: number;
}

const [FIRST_CAPACITY, BITS_32] = [1_024, 2 ** 32];

/**
 * A hash table of numbers (open addressing) over a ring of entries in the order of their coming, which is that of their going. A Set of
 * texts would be objects that live for seconds: the garbage collector moves each twice and then has to look at all of them again.
 * Nonces are those of the wire, below 2^64; of a larger one the upper bits are not looked at, so at worst a new one passes for seen.
 */
export function createSeenNonces(): SeenNonces {
  // Nobody may choose nonces that fall on each other.
  const seed = randomInt(BITS_32);
  const senders = new Map<string, Sender>();
  const wide = new BigUint64Array(1);
  const halves = new Uint32Array(wide.buffer);
  let ids = 0;
  let capacity = FIRST_CAPACITY;
  let low = new Uint32Array(capacity);
  let high = new Uint32Array(capacity);
  let until = new Float64Array(capacity);
  let owners = new Array<Sender | undefined>(capacity).fill(undefined);
  /** Twice as many places as entries; a place holds an entry's number and one, or 0. */
  let places = new Int32Array(2 * capacity);
  let first = 0;
  let size = 0;

  const homeOf = (id: number, a: number, b: number) => {
    let mixed = Math.imul(a ^ seed, 0x9e3779b1) ^ Math.imul(b + id, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 13)) & (2 * capacity - 1);
  };
  const homeOfEntry = (entry: number) => homeOf(owners[entry]?.id ?? 0, low[entry] ?? 0, high[entry] ?? 0);
  const put = (entry: number) => {
    let place = homeOfEntry(entry);
    while (places[place] !== 0) place = (place + 1) & (2 * capacity - 1);
    places[place] = entry + 1;
  };
  const grow = () => {
    const before = { low, high, until, owners, capacity };
    capacity *= 2;
    low = new Uint32Array(capacity);
    high = new Uint32Array(capacity);
    until = new Float64Array(capacity);
    owners = new Array<Sender | undefined>(capacity).fill(undefined);
    places = new Int32Array(2 * capacity);
    for (let i = 0; i < size; i++) {
      const from = (first + i) & (before.capacity - 1);
      low[i] = before.low[from] ?? 0;
      high[i] = before.high[from] ?? 0;
      until[i] = before.until[from] ?? 0;
      owners[i] = before.owners[from];
      put(i);
    }
    first = 0;
  };
  /** Empties an entry's place, and moves up those behind it that it kept from their own. */
  const free = (entry: number) => {
    const mask = 2 * capacity - 1;
    let hole = homeOfEntry(entry);
    while (places[hole] !== entry + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const home = homeOfEntry((places[at] ?? 0) - 1);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[hole] = places[at] ?? 0;
      hole = at;
    }
    places[hole] = 0;
  };
  return {
    get size() {
      return size;
    },
    has(name, nonce) {
      const sender = senders.get(name);
      if (sender === undefined) return false;
      wide[0] = nonce;
      const [a, b] = [halves[0] ?? 0, halves[1] ?? 0];
      const mask = 2 * capacity - 1;
      for (let at = homeOf(sender.id, a, b); places[at] !== 0; at = (at + 1) & mask) {
        const entry = (places[at] ?? 0) - 1;
        if (low[entry] === a && high[entry] === b && owners[entry] === sender) return true;
      }
      return false;
    },
    add(name, nonce, untilMs) {
      if (size === capacity) grow();
      let sender = senders.get(name);
      if (sender === undefined) {
        ids += 1;
        sender = { name, id: ids, held: 0 };
        senders.set(name, sender);
      }
      sender.held += 1;
      const entry = (first + size) & (capacity - 1);
      wide[0] = nonce;
      low[entry] = halves[0] ?? 0;
      high[entry] = halves[1] ?? 0;
      until[entry] = untilMs;
      owners[entry] = sender;
      size += 1;
      put(entry);
    },
    expire(nowMs) {
      for (; size > 0 && (until[first] ?? 0) <= nowMs; size--) {
        const sender = owners[first];
        free(first);
        owners[first] = undefined;
        first = (first + 1) & (capacity - 1);
        if (sender === undefined) continue;
        sender.held -= 1;
        if (sender.held === 0) senders.delete(sender.name);
      }
    },
  };
}
