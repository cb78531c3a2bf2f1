import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeWeightPayload, encryptTimelocked, RAO_PER_TAO } from "../chain/index.ts";
import { LockedError, silentLogger, systemClock, toHex } from "../core/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { toJson } from "./calls.ts";
import { LedgerStateError } from "./errors.ts";
import { createLocalnet } from "./index.ts";
import { type Ledger, ledgerOf } from "./ledger.ts";
import { genesis, type LedgerState } from "./state.ts";
import { type LedgerStore, openLedgerStore } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "ledger-store-"));
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;
const newFolder = () => join(root, String(folders++));
const key = (name: string) => keypairFromUri(`//store//${name}`);
const [cold, hot, miner] = [key("cold"), key("hot"), key("miner")];
const begin = () => genesis({ seed: "store", subnets: { 1: { tempo: 5, weightsRateLimit: 2 }, 2: { mechanisms: 2 } } });

const plain = (state: LedgerState): unknown => JSON.parse(toJson(state));

interface Opened {
  readonly folder: string;
  readonly state: LedgerState;
  readonly ledger: Ledger;
  readonly store: LedgerStore;
}
async function open(folder: string): Promise<Opened> {
  const { state, store } = await openLedgerStore(folder, begin);
  closers.push(() => store.close().catch(() => undefined));
  return { folder, state, store, ledger: ledgerOf(() => state, { journal: store.append }) };
}
/** What a process that is killed this moment leaves behind: all but its lock. */
function killed(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith(".lock") });
  return copy;
}
/** Something of everything: calls of all kinds, one of them refused, blocks, minting, settings. */
function live({ ledger }: Opened): void {
  for (const hotkey of [hot, miner])
    ledger.submit({ type: "register", netuid: 1, hotkey: hotkey.address, maxBurnRao: null }, cold.address);
  expect(() =>
    ledger.submit({ type: "register", netuid: 9, hotkey: hot.address, maxBurnRao: null }, cold.address),
  ).toThrow();
  ledger.submit({ type: "add_stake", netuid: 1, hotkey: hot.address, amountRao: 50n * RAO_PER_TAO }, cold.address);
  const axon = { ip: "127.0.0.1", port: 8_091, version: 1 };
  ledger.submit({ type: "serve_axon", netuid: 1, axon }, miner.address);
  ledger.advance(6);
  const row = { netuid: 1, mechanism: 0, uids: [1], weights: [7], versionKey: 0 } as const;
  ledger.submit({ type: "set_weights", ...row }, hot.address);
  ledger.advance(5);
  ledger.mint(miner.address, 3n);
  ledger.configure(1, { commitReveal: true, burnRao: 5n * RAO_PER_TAO });
  ledger.triggerEpoch(2);
  ledger.produceBlock();
  ledger.submit({ type: "commit_weights", netuid: 1, mechanism: 0, hash: `0x${"ab".repeat(32)}` }, hot.address);
  ledger.advance(2);
  const { beacon } = ledger.info();
  const payload = { hotkey: hot.signer.publicKey, uids: [1], values: [9], versionKey: 0 };
  const revealRound = ledger.block + 8;
  const commit = `0x${toHex(encryptTimelocked({ plaintext: encodeWeightPayload(payload), round: revealRound, beacon }))}`;
  const locked = { type: "commit_timelocked_weights", netuid: 1, mechanism: 0, commit, revealRound } as const;
  ledger.submit({ ...locked, commitRevealVersion: 4 }, hot.address);
}

describe("a ledger on disk", () => {
  it("is after a kill what it was, at any moment, and goes on alike", async () => {
    const first = await open(newFolder());
    const moments = [killed(first.folder)];
    const states = [plain(first.state)];
    const remember = () => {
      moments.push(killed(first.folder));
      states.push(plain(first.state));
    };
    live(first);
    remember();
    await first.store.save(first.state);
    remember();
    first.ledger.advance(3);
    remember();
    for (const [index, moment] of moments.entries()) expect(plain((await open(moment)).state)).toEqual(states[index]);
    const again = await open(killed(first.folder));
    for (const { ledger } of [first, again]) ledger.advance(20);
    expect(again.ledger.blockHash).toBe(first.ledger.blockHash);
    expect(plain(again.state)).toEqual(plain(first.state));
    expect(again.ledger.weights(1)).toEqual([{ uid: 0, uids: [1], weights: [65_535] }]);
  });

  it("survives a kill between a new journal and its snapshot", async () => {
    const opened = await open(newFolder());
    const before = readFileSync(join(opened.folder, "ledger.json"));
    const journal = readdirSync(opened.folder).find((name) => name.startsWith("journal"));
    live(opened);
    const kept = readFileSync(join(opened.folder, String(journal)));
    await opened.store.save(opened.state);
    opened.ledger.advance(2);
    const folder = killed(opened.folder);
    writeFileSync(join(folder, "ledger.json"), before);
    writeFileSync(join(folder, String(journal)), kept);
    expect(plain((await open(folder)).state)).toEqual(plain(opened.state));
  });

  it("forgets a last line that was cut off: nobody was answered", async () => {
    const opened = await open(newFolder());
    opened.ledger.advance(4);
    const folder = killed(opened.folder);
    const [journal] = readdirSync(folder).filter((name) => name.startsWith("journal"));
    appendFileSync(join(folder, String(journal)), '{"op":"blocks","cou');
    expect((await open(folder)).ledger.block).toBe(4);
  });

  it("refuses what is damaged or of another version, names the file, and changes nothing", async () => {
    const opened = await open(newFolder());
    live(opened);
    const damage = async (change: (path: string) => void) => {
      const folder = killed(opened.folder);
      change(folder);
      const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
      const error: unknown = await open(folder).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(LedgerStateError);
      expect(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")])).toEqual(before);
      return (error as LedgerStateError).message.replaceAll(folder, "FOLDER");
    };
    const edit = (name: string, from: string, to: string) => (folder: string) => {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
    };
    expect(await damage(edit("ledger.json", '"version":1', '"version":2'))).toContain("version");
    expect(await damage((folder) => writeFileSync(join(folder, "ledger.json"), "{"))).toMatchInlineSnapshot(`
      "The ledger's state cannot be taken up.

      File:    FOLDER/ledger.json
      Problem: it is not JSON

      Hint: Nothing in the folder was changed: put the file right, or begin a new chain in another folder."
    `);
    expect(await damage(edit("journal-1.jsonl", '"op":"mint"', '"op":"burn"'))).toContain("journal-1.jsonl:");
    expect(await damage(edit("journal-1.jsonl", '"block":0', '"block":3'))).toContain("it goes on from block 3");
    expect(await damage((folder) => rmSync(join(folder, "ledger.json")))).toContain("though there is a journal");
  });

  it("belongs to one process at a time", async () => {
    const opened = await open(newFolder());
    await expect(openLedgerStore(opened.folder, begin)).rejects.toBeInstanceOf(LockedError);
    await opened.store.close();
    expect((await open(opened.folder)).ledger.block).toBe(0);
    expect(() => opened.ledger.produceBlock()).toThrow("it is closed");
  });

  it("does nothing that it could not write down", async () => {
    const { ledger, store } = await open(newFolder());
    ledger.advance(2);
    await store.close();
    expect(() => ledger.mint(cold.address, 5n)).toThrow(LedgerStateError);
    expect([ledger.balance(cold.address), ledger.block]).toEqual([10_000n * RAO_PER_TAO, 2]);
  });

  it("writes nothing down that it could not read again", async () => {
    const opened = await open(newFolder());
    const axon = { ip: "127.0.0.1", port: Number.NaN, version: 1 };
    expect(() => opened.ledger.submit({ type: "serve_axon", netuid: 1, axon }, miner.address)).toThrow("port");
    expect(() => opened.ledger.advance(0.5)).toThrow("whole number");
    expect(() => opened.ledger.mint(cold.address, -1n)).toThrow("amountRao");
    opened.ledger.advance(3);
    expect((await open(killed(opened.folder))).ledger.block).toBe(3);
  });

  it("is taken up by the next network in the folder, which is then the one it was", async () => {
    const stateFolder = newFolder();
    const run = async (seed: number) => {
      const localnet = createLocalnet(
        { seed, blockTimeMs: 2, listen: null, stateFolder, saveEveryBlocks: 3 },
        { clock: systemClock, logger: silentLogger },
      );
      await localnet.start();
      const { block } = localnet.ledger;
      const { genesisHash } = localnet.ledger.info();
      while (localnet.status().block < block + 10) await new Promise((resolve) => setTimeout(resolve, 2));
      await localnet.stop();
      return { genesisHash, last: localnet.ledger.block, lastHash: localnet.ledger.blockHash };
    };
    const first = await run(1);
    const between = await open(stateFolder);
    expect([between.ledger.block, between.ledger.blockHash]).toEqual([first.last, first.lastHash]);
    await between.store.close();
    const second = await run(2);
    expect(second.genesisHash).toBe(first.genesisHash);
    expect(second.last).toBeGreaterThan(first.last);
    // One snapshot, and one journal that goes on from it.
    expect(readdirSync(stateFolder)).toHaveLength(2);
  });

  it("goes on in its journal when a snapshot could not be begun: a full disk", async () => {
    const opened = await open(newFolder());
    opened.ledger.mint(cold.address, 5n);
    const inTheWay = join(opened.folder, "journal-2.jsonl");
    mkdirSync(inTheWay);
    await expect(opened.store.save(opened.state)).rejects.toThrow("EISDIR");
    opened.ledger.advance(3);
    rmSync(inTheWay, { recursive: true });
    expect((await open(killed(opened.folder))).ledger.block).toBe(3);
    await opened.store.save(opened.state);
    opened.ledger.mint(cold.address, 7n);
    expect(readdirSync(opened.folder).sort()).toEqual(["journal-2.jsonl", "ledger.json", "ledger.lock"]);
    const { ledger } = await open(killed(opened.folder));
    expect([ledger.block, ledger.balance(cold.address)]).toEqual([3, 10_000n * RAO_PER_TAO + 12n]);
  });

  it("takes no amount that would grow to one that it cannot read", () => {
    const state = begin();
    const ledger = ledgerOf(() => state, {});
    for (const changes of [{ emissionRaoPerBlock: 2n ** 64n }, { burnRao: 10n ** 29n }, { maxBurnRao: -1n }])
      expect(() => ledger.configure(1, changes)).toThrow("from 0 to 2^64 - 1");
    for (const rao of [-1n, 2n ** 64n]) {
      expect(() => genesis({ seed: 1, faucetRao: rao })).toThrow("faucetRao");
      expect(() => genesis({ seed: 1, accounts: { [cold.address]: rao } })).toThrow("from 0 to 2^64 - 1");
    }
  });
});

it("a ledger that goes on says which options it does not follow", async () => {
  const stateFolder = newFolder();
  const begin = async (seed: number, tempo: number, more = {}) => {
    const localnet = createLocalnet(
      { seed, blockTimeMs: 60_000, listen: null, stateFolder, subnets: { 1: { tempo } }, ...more },
      { clock: systemClock, logger: silentLogger },
    );
    await localnet.start();
    await localnet.stop();
    return localnet.status().outdone;
  };
  expect(await begin(1, 10)).toEqual([]);
  expect(await begin(1, 10)).toEqual([]);
  expect(await begin(2, 20, { faucetRao: 5n })).toEqual([
    { option: "seed", asked: "2", kept: "1" },
    { option: "faucetRao", asked: "5", kept: "10000000000000" },
    { option: "tempo", asked: "20", kept: "10" },
  ]);
  expect(await begin(1, 10, { subnets: { 3: {} } })).toEqual([{ option: "subnets", asked: "3", kept: "1" }]);
});
