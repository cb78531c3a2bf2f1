/** Every refusal of the chain that we know: the pallet's name, what it means, what to do. */
export const CHAIN_REFUSALS = {
  SubnetNotExists: ["There is no such subnet.", "Check --netuid: npx conversion-subnet subnets list"],
  MechanismDoesNotExist: ["The subnet has no such mechanism.", "Use mechanism 0, or look at the hyperparameters."],
  HotKeyNotRegisteredInSubNet: [
    "The hotkey is not registered on this subnet.",
    "Register it: npx conversion-subnet subnets register --netuid N --wallet.name NAME --wallet.hotkey HOTKEY",
  ],
  HotKeyNotRegisteredInNetwork: [
    "The hotkey is not registered on any subnet.",
    "Register it: npx conversion-subnet subnets register --netuid N --wallet.name NAME --wallet.hotkey HOTKEY",
  ],
  HotKeyAlreadyRegisteredInSubNet: ["The hotkey is registered already.", "Nothing to do; run the miner or validator."],
  HotKeyAccountNotExists: ["The chain does not know this hotkey.", "Register it first."],
  NonAssociatedColdKey: ["The hotkey belongs to another coldkey.", "Sign with the coldkey that registered it."],
  RegistrationNotPermittedOnRootSubnet: ["Subnet 0 is the root: nobody registers there by a burn.", "Check --netuid."],
  SubNetRegistrationDisabled: [
    "The subnet takes no registrations now.",
    "Ask its owner, or try again later: npx conversion-subnet subnets hyperparameters --netuid N",
  ],
  RegistrationPriceLimitExceeded: [
    "The price of a registration is above the most you would pay.",
    "Raise --max-burn, or wait: the price falls every block, down to the subnet's floor.",
  ],
  NoNeuronIdAvailable: [
    "No place is free and nobody can be replaced yet.",
    "Try again when the immunity period of others is over.",
  ],
  TooManyRegistrationsThisBlock: ["Others took this block's registrations.", "Try again in the next block."],
  TooManyRegistrationsThisInterval: ["Others took this interval's registrations.", "Try again in the next interval."],
  NotEnoughBalanceToStake: ["The coldkey's balance is too small.", "Ask for less, or fund the coldkey."],
  NotEnoughStakeToWithdraw: ["There is less stake than asked for.", "Ask for less."],
  AmountTooLow: ["The amount is below what the chain takes.", "Give more TAO."],
  InsufficientLiquidity: ["The subnet's pool is too small for the amount.", "Ask for less."],
  SlippageTooHigh: ["The price would move more than allowed.", "Ask for less."],
  TransferDisallowed: ["The subnet's owner has switched transfers off.", "Use another subnet."],
  SubtokenDisabled: ["The subnet has not been started yet.", "Its owner starts it with start_call."],
  InvalidIpType: ["The address is neither IPv4 nor IPv6.", "Give an IPv4 address that others can reach."],
  InvalidIpAddress: ["The address cannot be an axon's.", "Give an IPv4 address that others can reach."],
  InvalidPort: ["The port cannot be an axon's.", "Give a port between 1 and 65535."],
  ServingRateLimitExceeded: ["The axon was announced too short a time ago.", "Wait for the blocks left."],
  WeightVecNotEqualSize: ["There are not as many weights as uids.", "Send one weight per uid."],
  InputLengthsUnequal: ["The lists of the call are not equally long.", "Send one weight per uid."],
  UidsLengthExceedUidsInSubNet: ["More uids than the subnet has.", "Refresh the metagraph and send again."],
  NotEnoughStakeToSetWeights: [
    "The hotkey has too little stake to set weights.",
    "Add stake: npx conversion-subnet stake add",
  ],
  IncorrectWeightVersionKey: ["The version key is older than the subnet demands.", "Update the software."],
  SettingWeightsTooFast: ["Weights were set too short a time ago.", "Wait for the blocks left."],
  CommittingWeightsTooFast: ["Weights were committed too short a time ago.", "Wait for the blocks left."],
  NeuronNoValidatorPermit: [
    "The hotkey has no validator permit.",
    "Permits go to the largest stakes once an epoch: add stake and wait for the next one.",
  ],
  DuplicateUids: ["A uid occurs twice.", "Send each uid once."],
  UidVecContainInvalidOne: ["A uid does not exist.", "Refresh the metagraph and send again."],
  WeightVecLengthIsLow: ["Fewer weights than the subnet demands.", "Send at least the minimum."],
  MaxWeightExceeded: ["One weight is above the subnet's largest share.", "Clip the weights."],
  CommitRevealEnabled: [
    "The subnet takes weights by commit and reveal only.",
    "Commit them; `weights set` does by itself.",
  ],
  CommitRevealDisabled: ["The subnet takes weights in the clear only.", "Set them; `weights set` does by itself."],
  IncorrectCommitRevealVersion: ["The subnet wants another version of commits.", "Update the software."],
  TooManyUnrevealedCommits: ["Ten commits wait for their reveal already.", "Wait until some are revealed."],
  NoWeightsCommitFound: ["There is no commit to reveal.", "Commit first, or it was revealed or expired already."],
  InvalidRevealCommitHashNotMatch: [
    "No commit has the hash of what was revealed.",
    "Reveal the same uids, weights, salt and version key that were committed.",
  ],
  RevealTooEarly: ["The epoch of the reveal has not come.", "Wait for the blocks left."],
  ExpiredWeightCommit: ["The epoch of the reveal is over.", "Commit again."],
  InvalidRevealRound: ["The round that opens the lock is out already.", "Commit again with a later round."],
  CommitTooLong: ["The commit is longer than 5,000 bytes.", "Send fewer uids."],
  StakeAmountTooLow: ["The stake is too small for this.", "Add stake: npx conversion-subnet stake add"],
  BalanceTooLow: ["The coldkey cannot pay for this.", "Fund the coldkey."],
  RateLimitExceeded: ["Called too short a time ago.", "Wait for the rate limit: weights and axons have their own."],
  ColdkeyInSwapSchedule: ["The coldkey is about to be swapped.", "Wait until the swap is over."],
  ColdkeySwapDisputed: ["The swap of this coldkey is disputed.", "Settle the dispute first."],
  EvmKeyAssociateRateLimitExceeded: ["An EVM key was associated too short a time ago.", "Wait for its rate limit."],
  InvalidRealAccount: ["The proxy acts for an account that it may not.", "Check the proxy."],
  FailedShieldedTxParsing: ["The shielded call cannot be read.", "Send it again."],
  InvalidShieldedTxPubKeyHash: ["The shield's key has changed.", "Send it again."],
  DelegateTakeTooLow: ["The take is below the least.", "Give a higher take."],
  DelegateTakeTooHigh: ["The take is above the most.", "Give a lower take."],
  ZeroMaxAmount: ["The most that may be moved is zero.", "Ask for less."],
  BadCommit: ["The timelocked commit cannot be read.", "Update the software."],
} as const satisfies Record<string, readonly [sentence: string, hint: string]>;
/** A refusal that we know by its name. */
export type ChainRefusal = keyof typeof CHAIN_REFUSALS;

/**
 * Whether a text names a known refusal.
 *
 * @example
 * isChainRefusal("SettingWeightsTooFast"); // true
 */
export function isChainRefusal(name: string): name is ChainRefusal {
  return Object.hasOwn(CHAIN_REFUSALS, name);
}

/**
 * What "Custom error: N" of the transaction pool may stand for, the likeliest first: several refusals share some numbers.
 * Source: `CustomTransactionError` of Subtensor, spec 425.
 */
export const POOL_REFUSALS: Readonly<Record<number, readonly [ChainRefusal, ...ChainRefusal[]]>> = {
  0: ["ColdkeyInSwapSchedule"],
  1: ["StakeAmountTooLow", "NotEnoughStakeToSetWeights"],
  2: ["BalanceTooLow"],
  3: ["SubnetNotExists"],
  4: ["HotKeyAccountNotExists"],
  5: ["NotEnoughStakeToWithdraw"],
  6: ["RateLimitExceeded", "SettingWeightsTooFast", "CommittingWeightsTooFast"],
  7: ["InsufficientLiquidity"],
  8: ["SlippageTooHigh"],
  9: ["TransferDisallowed"],
  10: ["HotKeyNotRegisteredInNetwork"],
  11: ["InvalidIpAddress"],
  12: ["ServingRateLimitExceeded"],
  13: ["InvalidPort"],
  14: ["ZeroMaxAmount"],
  15: ["InvalidRevealRound"],
  16: ["NoWeightsCommitFound"],
  17: ["RevealTooEarly"],
  18: ["InputLengthsUnequal"],
  19: ["HotKeyNotRegisteredInSubNet"],
  20: ["EvmKeyAssociateRateLimitExceeded"],
  21: ["ColdkeySwapDisputed"],
  22: ["InvalidRealAccount"],
  23: ["FailedShieldedTxParsing"],
  24: ["InvalidShieldedTxPubKeyHash"],
  25: ["NonAssociatedColdKey"],
  26: ["DelegateTakeTooLow"],
  27: ["DelegateTakeTooHigh"],
};
