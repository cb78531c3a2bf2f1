import { isIPv4 } from "node:net";
import { neuronOf } from "../../chain/index.ts";
import type { Signer } from "../../wallet/index.ts";
import { AXON_VERSION } from "../miner-options.ts";
import { policyOf } from "./chain.ts";
import { type Check, type Finding, failed, given, notTested, ok, warning } from "./check.ts";
import { type Facts, runCommand } from "./facts.ts";
import { reachOf } from "./ip.ts";
import { askSigned, FOREIGN, portProblem, type Reply, throwawayKey } from "./probe.ts";

/** Who has the miner's port. */
type Holder =
  | { readonly kind: "nobody" }
  /** A node of this hotkey. */
  | { readonly kind: "own"; readonly reply: Extract<Reply, { there: true }> }
  /** A node of another hotkey. */
  | { readonly kind: "other miner" }
  | { readonly kind: "other program"; readonly problem: string }
  | { readonly kind: "closed to us"; readonly code: string };

const listening = ({ flags }: Facts) => {
  const ip = String(flags["axon.ip"] ?? "127.0.0.1");
  return { ip, port: Number(flags["axon.port"] ?? 8091), asked: ip === "0.0.0.0" ? "127.0.0.1" : ip };
};
/** What the chain is to be told. */
export const announced = (facts: Facts) => {
  const { ip, port } = listening(facts);
  const { "axon.external_ip": externalIp, "axon.external_port": externalPort } = facts.flags;
  return {
    ip: typeof externalIp === "string" ? externalIp : ip,
    port: typeof externalPort === "number" ? externalPort : port,
  };
};

async function holderOf(facts: Facts): Promise<Holder> {
  const { ip, port, asked } = listening(facts);
  const code = await portProblem(ip, port);
  if (code === null) return { kind: "nobody" };
  if (code !== "EADDRINUSE") return { kind: "closed to us", code };
  const { signer } = throwawayKey();
  const reply = await askSigned(
    facts,
    { host: asked, port },
    { signer, receiver: await facts.hotkey(), signal: facts.signal },
  );
  if (!reply.there) return { kind: "other program", problem: reply.problem };
  if (reply.code === FOREIGN) return { kind: "other program", problem: reply.message };
  return reply.code === "WRONG_RECEIVER" ? { kind: "other miner" } : { kind: "own", reply };
}

async function checkPort(facts: Facts, holder: () => Promise<Holder>): Promise<Finding> {
  const { ip, port } = listening(facts);
  const [found, pid] = [await holder(), await facts.holder()];
  const values = { ip, port, heldBy: found.kind, process: pid };
  const who = pid === null ? "" : `, process ${pid}`;
  const elsewhere = runCommand(facts, { "axon.port": String(port + 1) });
  const look = `ss -ltnp 'sport = :${port}'`;
  switch (found.kind) {
    case "own":
      return ok(`${ip}:${port} is served by this hotkey's own node${who}`, values);
    case "nobody":
      if (pid === null) return ok(`${ip}:${port} is free`, values);
      return warning(
        `${ip}:${port} is free, yet process ${pid} runs with this hotkey: it serves another port`,
        values,
        `ps -o args= -p ${pid}`,
      );
    case "other miner":
      return failed(`${ip}:${port} is taken by the miner of another hotkey`, values, [look, elsewhere]);
    case "other program":
      return failed(`${ip}:${port} is taken by another program (${found.problem})`, values, [look, elsewhere]);
    case "closed to us":
      if (found.code === "EADDRNOTAVAIL")
        return failed(`${ip} is no address of this machine`, values, runCommand(facts, { "axon.ip": "0.0.0.0" }));
      return failed(`${ip}:${port} may not be listened on (${found.code})`, values, elsewhere);
  }
}

/** Somebody else's name under a signature that is not theirs. */
const forged = (address: string): Signer => ({ ...throwawayKey().signer, address });

/** What the running node says to whom: no check of ours can see more of it without a validator's key. */
async function checkDoor(facts: Facts, holder: () => Promise<Holder>): Promise<Finding> {
  const found = await holder();
  if (found.kind !== "own") return notTested("no node of this hotkey serves here", runCommand(facts));
  const { asked: host, port } = listening(facts);
  const receiver = await facts.hotkey();
  const ask = (signer: Signer) => askSigned(facts, { host, port }, { signer, receiver, signal: facts.signal });
  const metagraph = await facts.metagraph().catch(() => null);
  const policy = policyOf(facts);
  if (metagraph !== null) policy.update(metagraph);
  const validators = (metagraph?.neurons ?? [])
    .filter(({ hotkey, validatorPermit }) => validatorPermit && hotkey !== receiver)
    .sort((a, b) => (a.stakeRao < b.stakeRao ? 1 : -1));
  const validator = validators.find(({ hotkey }) => policy.screen(hotkey).allowed) ?? validators[0];
  const keypair = await facts.keypair();
  const [asValidator, asSelf] = await Promise.all([
    validator === undefined ? null : ask(forged(validator.hotkey)),
    keypair === null ? null : ask(keypair.signer),
  ]);
  const stranger = found.reply;
  const codeOf = (reply: Reply | null) => (reply === null ? null : reply.there ? reply.code : reply.problem);
  const values = {
    ...{ stranger: stranger.code, forgedValidator: codeOf(asValidator), ownHotkey: codeOf(asSelf), ms: stranger.ms },
  };
  const welcome = facts.flags["blacklist.allow_non_registered"] === true;
  if (asValidator?.there && asValidator.code === "OK")
    return failed("a question with a forged signature was answered", values, "npm install conversion-subnet@latest");
  if (asValidator?.there && asValidator.code !== "BAD_SIGNATURE")
    return warning(
      `the node refuses ${validator?.hotkey}, which has a permit: ${asValidator.message}`,
      values,
      "npx conversion-subnet logs --level debug --text Refused",
    );
  if (stranger.code === "OK" && !welcome)
    return warning("a stranger was answered: competitors can ask too", values, runCommand(facts));
  const parts = [
    `a stranger is ${stranger.code === "OK" ? "answered, as the flags say" : "refused"} in ${stranger.ms} ms`,
    asValidator === null ? "there is no validator to forge" : "a validator is let in and a forged signature found out",
    asSelf?.there && asSelf.code === "OK"
      ? `this hotkey is answered in ${asSelf.ms} ms`
      : keypair === null
        ? "this hotkey cannot be used here"
        : "this hotkey, which is no validator, is not answered",
  ];
  return ok(parts.join("; "), values);
}

const checkAnnounced = (facts: Facts, holder: () => Promise<Holder>) =>
  given(
    Promise.all([facts.metagraph(), facts.hotkey()]),
    "the chain's record is not known",
    async ([metagraph, own]) => {
      const me = neuronOf(metagraph, own);
      if (me === undefined) return notTested("the hotkey is not registered");
      const running = (await holder()).kind === "own";
      const { ip, port } = announced(facts);
      const wanted = `${ip}:${port}, version ${AXON_VERSION}`;
      const { axon } = me;
      const values = {
        announcedIp: axon?.ip ?? null,
        announcedPort: axon?.port ?? null,
        version: axon?.version ?? null,
      };
      if (axon === null) {
        const text = `nothing is announced yet; a start announces ${wanted}`;
        return running ? failed(text, values, runCommand(facts)) : warning(text, values, runCommand(facts));
      }
      const said = `${axon.ip}:${axon.port}, version ${axon.version}`;
      if (said === wanted) return ok(`the chain says ${said}, as is served`, values);
      const text = `the chain says ${said}, and these flags ${wanted}`;
      const fix = runCommand(facts, { "axon.external_ip": ip, "axon.external_port": String(port) });
      if (running) return failed(`${text}: validators ask in vain`, values, fix);
      return warning(`${text}; a start announces it anew`, values, fix);
    },
  );

const OWN_ADDRESS = '"$(curl -4 -s https://api.ipify.org)"';

async function checkExternalIp(facts: Facts): Promise<Finding> {
  const { machine, info } = facts;
  const { ip: bound } = listening(facts);
  const { ip, port } = announced(facts);
  const isDevelopment = await info().then(
    ({ development }) => development,
    () => false,
  );
  const reach = reachOf(ip);
  const local = machine.addresses().includes(ip) || reach === "loopback";
  const values = { ip, port, reach, ofThisMachine: local, listensOn: bound };
  const fix = runCommand(facts, { "axon.ip": "0.0.0.0" }).replace(/ --axon\.external_ip \S+/, "");
  const withAddress = `${fix} --axon.external_ip ${OWN_ADDRESS}`;
  if (!isIPv4(ip) || ip === "0.0.0.0")
    return failed(`${ip} is no address that validators could ask`, values, withAddress);
  if (reach === "loopback" && !isDevelopment)
    return failed(`${ip} is this machine only: no validator reaches it`, values, withAddress);
  if (reach !== "public" && !isDevelopment) {
    const why = {
      private: "a private address, behind a NAT",
      shared: "an address of a provider's NAT",
      none: "kept for other uses",
    };
    return failed(`${ip} is ${reach === "loopback" ? "" : why[reach]}: no validator reaches it`, values, withAddress);
  }
  if (reachOf(bound) === "loopback" && reach !== "loopback")
    return warning(
      `${ip} is announced, and the miner listens on ${bound}: only what forwards to it reaches it`,
      values,
      fix,
    );
  if (local) return ok(`${ip}:${port}, an address of this machine`, values);
  return ok(`${ip} is on no network card here, so a NAT stands between: it must forward TCP port ${port}`, values);
}

/** Where the miner serves, and whether the chain and the world agree. */
export function axonChecks(facts: Facts): Check[] {
  let looked: Promise<Holder> | undefined;
  const holder = () => {
    looked ??= holderOf(facts);
    return looked;
  };
  const known = (use: () => Promise<Finding>) => () => given(facts.hotkey(), "the hotkey is not known", use);
  return [
    { name: "port", run: known(() => checkPort(facts, holder)) },
    { name: "door", run: known(() => checkDoor(facts, holder)) },
    { name: "axon", run: () => checkAnnounced(facts, holder) },
    { name: "external ip", run: () => checkExternalIp(facts) },
  ];
}
