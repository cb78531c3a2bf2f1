import { SubnetError } from "../core/index.ts";

/** A miner was to start with nothing to predict by. */
export class NoModelError extends SubnetError {
  override readonly name = "NoModelError";
  constructor() {
    super("This miner has no model, and random weights are never served.", {
      code: "NO_MODEL",
      hint: "Train one (npx conversion-subnet train train.csv --out model) and pass --model, or serve the base rate knowingly with --baseline.",
    });
  }
}

/** The address to listen on is none that others could reach, and no other was given to tell the chain. */
export class NoExternalIpError extends SubnetError {
  override readonly name = "NoExternalIpError";
  readonly ip: string;
  constructor({ ip }: { ip: string }) {
    super("This miner has no address to announce.", {
      code: "NO_EXTERNAL_IP",
      details: { Address: ip },
      hint: "Pass the IPv4 address at which validators reach this machine: --axon.external_ip",
    });
    this.ip = ip;
  }
}

/** The hotkey is unknown to the subnet: nobody would ask it. */
export class NotRegisteredError extends SubnetError {
  override readonly name = "NotRegisteredError";
  readonly hotkey: string;
  readonly netuid: number;
  constructor({
    hotkey,
    netuid,
    network,
    registerCommand = `npx conversion-subnet subnets register --netuid ${netuid} --subtensor.network ${network} --wallet.name NAME --wallet.hotkey HOTKEY`,
  }: {
    hotkey: string;
    netuid: number;
    network: string;
    registerCommand?: string | undefined;
  }) {
    super("The hotkey is not registered on this subnet.", {
      code: "NOT_REGISTERED",
      details: { Hotkey: hotkey, Netuid: netuid, Network: network },
      hint: `Register it: ${registerCommand}`,
    });
    this.hotkey = hotkey;
    this.netuid = netuid;
  }
}
