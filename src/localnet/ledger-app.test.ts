import { request } from "node:http";
import { afterEach, expect, it } from "vitest";
import { createManualClock, silentLogger, utf8 } from "../core/index.ts";
import { type RunningServer, serve, signRequest } from "../protocol/index.ts";
import { keypairFromUri } from "../wallet/index.ts";
import { createLedger, createLedgerApp } from "./index.ts";

const YEAR_2026_MS = 1_767_225_600_000;
const self = keypairFromUri("//ledger app test").address;
const cold = keypairFromUri("//ledger app test//cold").signer;
const hotkey = keypairFromUri("//ledger app test//hot").address;

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});
const newApp = (clock = createManualClock(YEAR_2026_MS), ledger = createLedger({ seed: 1 })) =>
  createLedgerApp({ self }, { ledger, clock, logger: silentLogger });

/** `fetch` would not let us choose the Host. */
const statusFor = (port: number, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: "/metagraph/1", headers: { host } }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject).end();
  });

it("answers to loopback names only, so that a page whose name was pointed at this machine reads nothing", async () => {
  server = await serve(newApp(), { port: 0 });
  const { port } = server;
  const hosts = ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "10.0.0.1"];
  for (const host of hosts) expect([host, await statusFor(port, host)]).toEqual([host, 403]);
  for (const host of ["localhost", `127.0.0.1:${port}`, `[::1]:${port}`])
    expect([host, await statusFor(port, host)]).toEqual([host, 200]);
});

it("tells the balance of an address, and refuses what is none", async () => {
  const app = newApp();
  expect((await app.request(`/balance/${cold.address}`)).status).toBe(200);
  for (const nonsense of ["__proto__", "not-an-address", cold.address.slice(0, -1), `${cold.address}x`]) {
    const response = await app.request(`/balance/${nonsense}`);
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "INVALID_ARGUMENT" } }]);
  }
});

it("that has restarted refuses the very call it applied before", async () => {
  const clock = createManualClock(YEAR_2026_MS);
  const body = utf8(JSON.stringify({ type: "register", netuid: 1, hotkey, maxBurnRao: null }));
  const call = { method: "POST", target: "/calls", body };
  const headers = await signRequest(call, { signer: cold, receiver: self, clock });
  const send = (app: ReturnType<typeof newApp>) => app.request("/calls", { method: "POST", headers, body });
  expect((await send(newApp(clock))).status).toBe(200);
  clock.advance(1_000);
  const ledger = createLedger({ seed: 1 });
  expect((await send(newApp(clock, ledger))).status).toBe(401);
  expect(ledger.metagraph(1).neurons).toEqual([]);
});
