import { SubnetError } from "../core/index.ts";

/** Every refusal of the chain that we know: the pallet's name, what it means, what to do. */
export const CHAIN_REFUSALS = {
  SubnetNotExists: ["There is no such subnet.", "Check --netuid."],
  HotKeyNotRegisteredInSubNet: [
    "The hotkey is not registered on this subnet.",
    "Register it: npx conversion-subnet subnets register --netuid N --wallet.name NAME --wallet.hotkey HOTKEY",
  ],
  HotKeyAlreadyRegisteredInSubNet: ["The hotkey is registered already.", "Nothing to do; run the miner or validator."],
  NonAssociatedColdKey: ["The hotkey belongs to another coldkey.", "Sign with the coldkey that registered it."],
  NotEnoughBalanceToStake: ["The coldkey's balance is too small.", "Ask for less, or fund the coldkey."],
  AmountTooLow: ["The amount must be above 0.", "Give a positive number of TAO."],
  InvalidIpAddress: ["The address cannot be an axon's.", "Give an IPv4 address that others can reach."],
  InvalidPort: ["The port cannot be an axon's.", "Give a port between 1 and 65535."],
  WeightVecNotEqualSize: ["There are not as many weights as uids.", "Send one weight per uid."],
  UidsLengthExceedUidsInSubNet: ["More uids than the subnet has.", "Refresh the metagraph and send again."],
  NotEnoughStakeToSetWeights: [
    "The hotkey has too little stake to set weights.",
    "Add stake: npx conversion-subnet stake add",
  ],
  IncorrectWeightVersionKey: ["The version key is older than the subnet demands.", "Update the software."],
  SettingWeightsTooFast: ["Weights were set too short a time ago.", "Wait for the blocks left."],
  NeuronNoValidatorPermit: [
    "The hotkey has no validator permit.",
    "Permits go to the largest stakes once an epoch: add stake and wait for the next one.",
  ],
  DuplicateUids: ["A uid occurs twice.", "Send each uid once."],
  UidVecContainInvalidOne: ["A uid does not exist.", "Refresh the metagraph and send again."],
  WeightVecLengthIsLow: ["Fewer weights than the subnet demands.", "Send at least the minimum."],
  MaxWeightExceeded: ["One weight is above the subnet's largest share.", "Clip the weights."],
  SubnetFull: [
    "No place is free and nobody can be replaced yet.",
    "Try again when the immunity period of others is over.",
  ],
} as const satisfies Record<string, readonly [sentence: string, hint: string]>;
export type ChainRefusal = keyof typeof CHAIN_REFUSALS;

/** Whether a text names a known refusal. */
export function isChainRefusal(name: string): name is ChainRefusal {
  return Object.hasOwn(CHAIN_REFUSALS, name);
}

/** The chain said no; `refusal` is the pallet's own name for it. */
export class ChainRefusedError extends SubnetError {
  override readonly name = "ChainRefusedError";
  readonly refusal: ChainRefusal;
  readonly values: Readonly<Record<string, string | number>>;
  /** @param hint in place of the table's, from somebody who knows more. */
  constructor({
    refusal,
    values = {},
    hint = CHAIN_REFUSALS[refusal][1],
  }: {
    refusal: ChainRefusal;
    values?: Readonly<Record<string, string | number>>;
    hint?: string;
  }) {
    const [sentence] = CHAIN_REFUSALS[refusal];
    super(sentence, { code: "CHAIN_REFUSED", details: { Refusal: refusal, ...values }, hint });
    this.refusal = refusal;
    this.values = values;
  }
}

/** The chain could not be reached, or answered what no chain answers. */
export class ChainUnreachableError extends SubnetError {
  override readonly name = "ChainUnreachableError";
  readonly endpoint: string;
  constructor({ endpoint, problem, cause }: { endpoint: string; problem: string; cause?: unknown }) {
    super("The chain cannot be reached.", {
      code: "CHAIN_UNREACHABLE",
      cause,
      details: { Endpoint: endpoint, Problem: problem },
      hint: "For --subtensor.network local start one first: npx conversion-subnet localnet",
    });
    this.endpoint = endpoint;
  }
}
