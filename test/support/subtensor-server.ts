import { fromHex, toHex } from "../../src/core/index.ts";
import { type Call, type Handler, noAnswer, Refusal, type RpcServer, startRpcServer } from "./rpc-server.ts";
import type { ScriptedBlock, ScriptedChain } from "./test-chain.ts";

/** A transaction that a client has sent and watches. */
export interface Sent {
  readonly text: string;
  /** Tells its state: "ready", { inBlock: hash } ... */
  tell(status: unknown): void;
  /** Cuts the connection that it came over. */
  drop(): void;
}

/** A node of a scripted chain. */
export interface SubtensorServer extends RpcServer {
  /** What has been sent so far, oldest first. */
  readonly sent: Sent[];
  /** Answers to `state_call`, by method: `0x` and hex. */
  readonly answers: Map<string, string>;
  /** The next number of an account. */
  readonly nonces: Map<string, number>;
  /** What the pool says of what is sent; throws a Refusal, or returns {@link noAnswer}. */
  onSubmit: (sent: Sent) => unknown;
  /** Tells those who listen of the newest block and its runtime. */
  announce(): void;
}

const headerOf = ({ number, parentHash }: ScriptedBlock) => ({ number: `0x${number.toString(16)}`, parentHash });

function wrapped(metadata: Uint8Array): string {
  // Option, then a compact length of four bytes.
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length * 4 + 2);
  return `0x01${length.toString("hex")}${toHex(metadata)}`;
}

/**
 * A node on loopback that answers from a scripted chain with the methods that every Substrate node has.
 *
 * @example
 * const server = await startSubtensorServer(createScriptedChain(runtime));
 * connectSubtensor({ endpoints: [server.url] }, { clock, logger });
 */
export async function startSubtensorServer(chain: ScriptedChain): Promise<SubtensorServer> {
  const sent: Sent[] = [];
  const answers = new Map<string, string>();
  const nonces = new Map<string, number>();
  const listeners = new Map<string, { readonly call: Call; readonly method: string }>();
  let names = 0;

  const at = (hash: unknown): ScriptedBlock => {
    const block = hash === undefined || hash === null ? chain.best() : chain.byHash(String(hash));
    if (!block) throw new Refusal(-32000, `Client error: UnknownBlock: Header was not found in the database: ${hash}`);
    return block;
  };
  const listen =
    (method: string, first: () => unknown): Handler =>
    (call) => {
      names += 1;
      const name = `sub${names}`;
      listeners.set(name, { call, method });
      setTimeout(() => call.notify(method, name, first()), 0);
      return name;
    };
  const version = ({ runtime }: ScriptedBlock) => ({ specVersion: runtime.specVersion, transactionVersion: 1 });
  const heads = () => headerOf(chain.best());
  const versions = () => version(chain.best());

  const server = await startRpcServer({
    chain_getBlockHash({ params: [which] }) {
      const one = (number: number) => (number === 0 ? chain.genesisHash : (chain.byNumber(number)?.hash ?? null));
      if (which === undefined) return chain.best().hash;
      return Array.isArray(which) ? which.map(one) : one(Number(which));
    },
    chain_getHeader: ({ params: [hash] }) => headerOf(at(hash)),
    chain_getFinalizedHead: () => chain.finalized().hash,
    chain_getBlock({ params: [hash] }) {
      const block = chain.byHash(String(hash));
      return block ? { block: { header: headerOf(block), extrinsics: block.extrinsics }, justifications: null } : null;
    },
    chain_subscribeNewHeads: listen("chain_newHead", heads),
    chain_unsubscribeNewHeads: () => true,
    state_getRuntimeVersion: ({ params: [hash] }) => version(at(hash)),
    state_subscribeRuntimeVersion: listen("state_runtimeVersion", versions),
    state_unsubscribeRuntimeVersion: () => true,
    state_getMetadata: ({ params: [hash] }) => `0x${toHex(at(hash).runtime.metadata)}`,
    state_call({ params: [method, data, hash] }) {
      const block = at(hash);
      if (method === "Metadata_metadata_at_version") {
        // A runtime gives what it has, and None for other versions.
        const asked = fromHex("version", String(data))[0];
        return asked === block.runtime.metadata[4] ? wrapped(block.runtime.metadata) : "0x00";
      }
      const answer = answers.get(String(method));
      if (answer === undefined) throw new Refusal(4003, `Client error: Execution failed: ${method} is not found`);
      return answer;
    },
    state_queryStorageAt({ params: [keys, hash] }) {
      const block = at(hash);
      const changes = (keys as string[]).map((key) => [key, block.state.get(key) ?? null]);
      return [{ block: block.hash, changes }];
    },
    system_accountNextIndex: ({ params: [address] }) => nonces.get(String(address)) ?? 0,
    author_submitAndWatchExtrinsic(call) {
      names += 1;
      const name = `tx${names}`;
      const one: Sent = {
        text: String(call.params[0]),
        tell: (status) => call.notify("author_extrinsicUpdate", name, status),
        drop: () => void call.drop(),
      };
      sent.push(one);
      const said = self.onSubmit(one);
      return said === noAnswer ? noAnswer : name;
    },
    author_unwatchExtrinsic: () => true,
  });

  const self: SubtensorServer = Object.assign(server, {
    sent,
    answers,
    nonces,
    onSubmit: () => undefined as unknown,
    announce() {
      for (const [name, { call, method }] of listeners)
        call.notify(method, name, method === "chain_newHead" ? heads() : versions());
    },
  });
  return self;
}
