import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger, systemClock } from "../src/core/index.ts";
import { createRpc, FateUnknownError, RpcRefusedError, WrongChainError } from "../src/subtensor/rpc/index.ts";
import { createRpcStage, GENESIS, OTHER } from "./support/rpc-client.ts";
import { noAnswer, Refusal } from "./support/rpc-server.ts";
import { failure } from "./support/subtensor-client.ts";
import { until } from "./support/until.ts";

const stage = createRpcStage();
const { node, client } = stage;
afterEach(stage.clear);

describe("a request", () => {
  it("opens the connection, which nothing did before, and shares it", async () => {
    const server = await node();
    const rpc = client([server]);
    expect([rpc.status().state, server.opened()]).toEqual(["idle", 0]);
    expect(await Promise.all([rpc.request("echo", [1]), rpc.request("echo", [2])])).toEqual([1, 2]);
    expect([rpc.status().state, rpc.status().endpoint, server.opened()]).toEqual(["connected", server.url, 1]);
  });

  it("gets its own answer when answers come in another order", async () => {
    const server = await node();
    const rpc = client([server], { heartbeatMs: 60_000 });
    await rpc.request("echo", ["warm"]);
    server.play.reorder = 5;
    const asked = [1, 2, 3, 4, 5].map((value) => rpc.request("echo", [value]));
    expect(await Promise.all(asked)).toEqual([1, 2, 3, 4, 5]);
  });

  it("that the node refuses carries its number, sentence and data", async () => {
    const refuse = () => {
      throw new Refusal(1010, "Invalid Transaction", "Custom error: 6");
    };
    const error = await failure(client([await node({ refuse })]).request("refuse"));
    expect(error).toBeInstanceOf(RpcRefusedError);
    expect(error).toMatchObject({ rpcCode: 1010, problem: "Invalid Transaction", data: "Custom error: 6" });
    expect((error as Error).message).toMatchInlineSnapshot(`
      "The node refused a request.

      Method:  refuse
      Code:    1010
      Problem: Invalid Transaction
      Data:    Custom error: 6

      Hint: Look the number up in the node's documentation; a method that is missing needs another endpoint."
    `);
  });

  it("without an answer in time ends at its deadline, and a late answer goes to nobody", async () => {
    let release: (value: string) => void = () => undefined;
    const server = await node({ slow: () => new Promise((resolve) => (release = resolve)) });
    const rpc = client([server]);
    await rpc.request("echo", ["warm"]);
    const error = await failure(rpc.request("slow", [], { timeoutMs: 30 }));
    expect(error).toMatchObject({ code: "CHAIN_UNREACHABLE" });
    expect(String(error)).toContain("no answer to slow within 30 ms");
    release("late");
    await until(() => rpc.status().late === 1);
    expect(rpc.status()).toMatchObject({ pending: 0, state: "connected" });
  });

  it("is cut short by its signal, and leaves nothing on it", async () => {
    const rpc = client([await node({ slow: () => noAnswer })]);
    const controller = new AbortController();
    const asked = failure(rpc.request("slow", [], { signal: controller.signal }));
    await until(() => rpc.status().state === "connected");
    controller.abort("enough");
    expect(await asked).toBe("enough");
    expect(await failure(rpc.request("echo", [1], { signal: controller.signal }))).toBe("enough");
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  it("is refused at once when too many wait", async () => {
    const server = await node({ slow: () => noAnswer });
    const rpc = client([server], { maxPending: 4 });
    await rpc.request("echo", [1]);
    const waiting = [1, 2, 3, 4].map(() => failure(rpc.request("slow")));
    expect(String(await failure(rpc.request("echo", [1])))).toContain("4 requests wait already");
    rpc.close();
    for (const one of await Promise.all(waiting)) expect(String(one)).toContain("the client was closed");
  });
});

describe("a connection that breaks", () => {
  it("is replaced, and a read that was on its way is asked again", async () => {
    let asked = 0;
    const server = await node({ read: (call) => (++asked === 1 ? call.drop() : "answer") });
    const rpc = client([server]);
    expect(await rpc.request("read")).toBe("answer");
    expect([asked, rpc.status().lost]).toEqual([2, 1]);
  });

  it("under one read again and again ends that read", async () => {
    const server = await node({ read: (call) => call.drop() });
    const error = await failure(client([server], { maxAttempts: 3 }).request("read"));
    expect(String(error)).toContain("read failed 3 times");
    expect(server.count("read")).toBe(3);
  });

  it("makes a write's fate unknown, and does not send it twice", async () => {
    const server = await node({ author_submitExtrinsic: (call) => call.drop() });
    const rpc = client([server]);
    const error = await failure(rpc.request("author_submitExtrinsic", ["0x00"]));
    expect(error).toBeInstanceOf(FateUnknownError);
    expect((error as Error).message.replace(/:\d{4,5}/g, ":PORT")).toMatchInlineSnapshot(`
      "It is not known whether the node received a transaction.

      Endpoint: ws://127.0.0.1:PORT
      Method:   author_submitExtrinsic
      Problem:  ws://127.0.0.1:PORT: the connection was closed (1006)

      Hint: Look at the chain before sending it again."
    `);
    await rpc.request("echo", [1]);
    expect(server.count("author_submitExtrinsic")).toBe(1);
  });

  it("makes a write's fate unknown too when the node is slow, but not when nothing was sent", async () => {
    const server = await node({ author_submitExtrinsic: () => noAnswer });
    const rpc = client([server]);
    await rpc.request("echo", [1]);
    expect(await failure(rpc.request("author_submitExtrinsic", ["0x00"], { timeoutMs: 50 }))).toBeInstanceOf(
      FateUnknownError,
    );
    server.play.slam = true;
    server.drop();
    await until(() => rpc.status().state === "connecting");
    expect(await failure(rpc.request("author_submitExtrinsic", ["0x00"], { timeoutMs: 50 }))).toMatchObject({
      code: "CHAIN_UNREACHABLE",
    });
  });

  it.each([
    ["half dead: neither answers nor pings", "halfDead", "the socket is dead"],
    ["deaf: pings, and answers nothing", "deaf", "the node does not answer, though its socket does"],
  ] as const)(
    "because it is %s is found by the heartbeat, and the next endpoint answers",
    async (_, fault, problem) => {
      const [bad, good] = [await node(), await node()];
      const warnings: unknown[] = [];
      const logger = { ...silentLogger, warn: (_sentence: string, fields?: object) => warnings.push(fields) };
      const rpc = client([bad, good], { heartbeatTimeoutMs: 150 }, { logger });
      await rpc.request("echo", ["warm"]);
      bad.play[fault] = true;
      expect(await rpc.request("echo", ["again"])).toBe("again");
      expect(rpc.status().endpoint).toBe(good.url);
      expect(warnings).toMatchObject([{ endpoint: bad.url, problem }]);
    },
  );

  it("before it is up fails over as well", async () => {
    const [bad, good] = [await node(), await node()];
    bad.play.halfDead = true;
    expect(await client([bad, good], { connectTimeoutMs: 200 }).request("echo", ["x"])).toBe("x");
  });

  it.each([
    ["no JSON", "<html>502 Bad Gateway</html>"],
    ["no object", "17"],
    ["no JSON-RPC", '{"hello":"world"}'],
    ["an id that is none", '{"id":{},"result":1}'],
    ["a binary message", Buffer.from([1, 2, 3])],
    ["more than may be", `{"jsonrpc":"2.0","id":1,"result":"${"a".repeat(70_000)}"}`],
  ])("because it sends %s fails over", async (_, garbage) => {
    const [bad, good] = [await node(), await node()];
    bad.play.garbage = garbage;
    const rpc = client([bad, good], { maxMessageBytes: 65_536 });
    expect(await rpc.request("echo", ["x"])).toBe("x");
    expect(rpc.status()).toMatchObject({ endpoint: good.url, problem: null });
  });

  it("is named when no endpoint works in time", async () => {
    const server = await node();
    server.play.slam = true;
    const error = await failure(client([server]).request("echo", [1], { timeoutMs: 1_000 }));
    expect((error as Error).message.replace(/:\d{4,5}/g, ":PORT")).toMatch(
      /no answer to echo within 1000 ms; last, ws:\/\/127\.0\.0\.1:PORT: /,
    );
  });
});

describe("another chain", () => {
  it("is refused for good, and the next endpoint is used", async () => {
    const [wrong, right] = [await node({}, OTHER), await node()];
    const rpc = client([wrong, right], { genesisHash: GENESIS });
    expect(await rpc.request("echo", [1])).toBe(1);
    right.drop();
    await until(() => rpc.status().connections === 2);
    expect([wrong.opened(), wrong.count("echo")]).toEqual([1, 0]);
  });

  it("everywhere ends the client loudly", async () => {
    const dead: unknown[] = [];
    const rpc = client([await node({}, OTHER)], { genesisHash: GENESIS }, { onDead: (error) => dead.push(error) });
    const error = await failure(rpc.request("echo", [1]));
    expect(error).toBeInstanceOf(WrongChainError);
    expect((error as Error).message.replace(/:\d{4,5}/g, ":PORT")).toMatchInlineSnapshot(`
      "The endpoint serves another chain.

      Endpoint:         ws://127.0.0.1:PORT
      Genesis expected: 0x1111111111111111111111111111111111111111111111111111111111111111
      Genesis found:    0x2222222222222222222222222222222222222222222222222222222222222222

      Hint: Check --subtensor.network and --subtensor.chain_endpoint: they must name the same chain."
    `);
    expect([dead, rpc.status().state, await failure(rpc.died)]).toEqual([[error], "dead", error]);
    expect(await failure(rpc.request("echo", [1]))).toBe(error);
  });

  it("is told by the first endpoint when nobody said which", async () => {
    const [first, second] = [await node(), await node({}, OTHER)];
    const rpc = client([first, second]);
    await rpc.request("echo", [1]);
    first.drop();
    await until(() => rpc.status().connections === 2);
    expect(rpc.status().endpoint).toBe(first.url);
    expect(second.count("echo")).toBe(0);
  });
});

it.each(["http://127.0.0.1:9944", "127.0.0.1:9944", "ws://", ""])("refuses the endpoint %j", (endpoint) => {
  expect(() => createRpc({ endpoints: [endpoint] }, { clock: systemClock, logger: silentLogger })).toThrow(
    "endpoints must be ws:// or wss:// URLs",
  );
});
