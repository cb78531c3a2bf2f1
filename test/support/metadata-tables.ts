/** What a Subtensor has of the things that we use, as texts; `@293` and `@424` mark what only one of the two has. */

/** index name arguments */
export const CALLS = [
  "0 set_weights netuid:NetUid, dests:Vec<u16>, weights:Vec<u16>, version_key:u64",
  "119 set_mechanism_weights netuid:NetUid, mecid:MechId, dests:Vec<u16>, weights:Vec<u16>, version_key:u64 @424",
  "80 batch_set_weights netuids:Vec<C<NetUid>>, weights:Vec<Vec<(C<u16>,C<u16>)>>, version_keys:Vec<C<u64>>",
  "96 commit_weights netuid:NetUid, commit_hash:H256",
  "115 commit_mechanism_weights netuid:NetUid, mecid:MechId, commit_hash:H256 @424",
  "97 reveal_weights netuid:NetUid, uids:Vec<u16>, values:Vec<u16>, salt:Vec<u16>, version_key:u64",
  "116 reveal_mechanism_weights netuid:NetUid, mecid:MechId, uids:Vec<u16>, values:Vec<u16>, salt:Vec<u16>, version_key:u64 @424",
  "99 commit_crv3_weights netuid:NetUid, commit:Vec<u8>, reveal_round:u64 @293",
  "113 commit_timelocked_weights netuid:NetUid, commit:Vec<u8>, reveal_round:u64, commit_reveal_version:u16 @424",
  "118 commit_timelocked_mechanism_weights netuid:NetUid, mecid:MechId, commit:Vec<u8>, reveal_round:u64, commit_reveal_version:u16 @424",
  "2 add_stake hotkey:AccountId32, netuid:NetUid, amount_staked:u64",
  "3 remove_stake hotkey:AccountId32, netuid:NetUid, amount_unstaked:u64",
  "4 serve_axon netuid:NetUid, version:u32, ip:u128, port:u16, ip_type:u8, protocol:u8, placeholder1:u8, placeholder2:u8",
  "40 serve_axon_tls netuid:NetUid, version:u32, ip:u128, port:u16, ip_type:u8, protocol:u8, placeholder1:u8, placeholder2:u8, certificate:Vec<u8>",
  "5 serve_prometheus netuid:NetUid, version:u32, ip:u128, port:u16, ip_type:u8",
  "6 register netuid:NetUid, block_number:u64, nonce:u64, work:Vec<u8>, hotkey:AccountId32, coldkey:AccountId32",
  "62 root_register hotkey:AccountId32",
  "7 burned_register netuid:NetUid, hotkey:AccountId32",
  "134 register_limit netuid:NetUid, hotkey:AccountId32, limit_price:u64 @424",
  "70 swap_hotkey hotkey:AccountId32, new_hotkey:AccountId32, netuid:Option<NetUid>",
  "59 register_network hotkey:AccountId32",
  "67 set_children hotkey:AccountId32, netuid:NetUid, children:Vec<(u64,AccountId32)>",
  "68 set_identity name:Vec<u8>, url:Vec<u8>, github_repo:Vec<u8>, image:Vec<u8>, discord:Vec<u8>, description:Vec<u8>, additional:Vec<u8>",
  "83 unstake_all hotkey:AccountId32",
  "85 move_stake origin_hotkey:AccountId32, destination_hotkey:AccountId32, origin_netuid:NetUid, destination_netuid:NetUid, alpha_amount:u64",
  "86 transfer_stake destination_coldkey:AccountId32, hotkey:AccountId32, origin_netuid:NetUid, destination_netuid:NetUid, alpha_amount:u64",
  "88 add_stake_limit hotkey:AccountId32, netuid:NetUid, amount_staked:u64, limit_price:u64, allow_partial:bool",
  "91 try_associate_hotkey hotkey:AccountId32",
  "92 start_call netuid:NetUid",
];

const by = (key: string, items: string) => items.split(" ").map((item) => item.replace(/^(\w+):/, `$1 1 ${key} `));
/** item modifier hashers key value default; hashers `-` = no map. Zeros of the value's size where no default is said. */
export const STORAGE: Readonly<Record<string, readonly string[]>> = {
  System: [
    "Account 1 Blake2128Concat AccountId32 AccountInfo",
    "BlockHash 1 Twox64Concat u32 H256",
    "Number 1 - - u32",
    "Events 1 - - Vec<EventRecord>",
  ],
  Timestamp: ["Now 1 - - u64"],
  Drand: ["BeaconConfig 1 - - BeaconConfiguration", "LastStoredRound 1 - - u64", "Pulses 0 Blake2128Concat u64 Pulse"],
  SubtensorModule: [
    ...by(
      "Identity NetUid",
      [
        "Tempo:u16,0x6801 SubnetworkN:u16 NetworksAdded:bool NetworkRegistrationAllowed:bool,0x01 BlocksSinceLastStep:u64",
        "LastEpochBlock:u64,@424 PendingEpochAt:u64,@424 SubnetEpochIndex:u64,@424 ServingRateLimit:u64,0x3200000000000000",
        "Kappa:u16,0xff7f MaxAllowedUids:u16,0x0001 ImmunityPeriod:u16,0x0010 ActivityCutoff:u16,0x8813",
        "MaxWeightsLimit:u16,0xffff WeightsVersionKey:u64 MinAllowedWeights:u16,0x0004 MaxAllowedValidators:u16,0x8000",
        "BondsMovingAverage:u64,0xa0bb0d0000000000 WeightsSetRateLimit:u64,0x6400000000000000",
        "CommitRevealWeightsEnabled:bool,0x01 Burn:u64,0x00e1f50500000000 LastUpdate:Vec<u64> ValidatorTrust:Vec<u16>",
        "ValidatorPermit:Vec<bool>",
      ].join(" "),
    ).map((item) => item.replace(",", " ")),
    "Yuma3On 1 Blake2128Concat NetUid bool",
    "Uids 0 Identity+Blake2128Concat (NetUid,AccountId32) u16",
    "Keys 1 Identity+Identity (NetUid,u16) AccountId32",
    "Axons 0 Identity+Blake2128Concat (NetUid,AccountId32) AxonInfo",
    "Weights 1 Identity+Identity (u16,u16) Vec<(u16,u16)>",
    "StakeThreshold 1 - - u64",
    "WeightCommits 0 Twox64Concat+Twox64Concat (u16,AccountId32) Vec<(H256,u64,u64,u64)>",
    "TimelockedWeightCommits 1 Twox64Concat+Twox64Concat (u16,u64) Vec<(AccountId32,u64,Vec<u8>,u64)> @424",
    "CRV3WeightCommits 1 Twox64Concat+Twox64Concat (u16,u64) Vec<(AccountId32,Vec<u8>,u64)>",
    "RevealPeriodEpochs 1 Twox64Concat NetUid u64 0x0100000000000000",
    "CommitRevealWeightsVersion 1 - - u16 0x0400 @424",
    "MechanismCountCurrent 1 Twox64Concat NetUid u8 0x01 @424",
  ],
};

/** Module errors of 424 with their numbers; 293 has other numbers for most. */
export const ERRORS =
  "InvalidIpType=1, InvalidIpAddress=2, InvalidPort=3, HotKeyNotRegisteredInSubNet=4, HotKeyAccountNotExists=5, HotKeyNotRegisteredInNetwork=6, NonAssociatedColdKey=8, NotEnoughStakeToWithdraw=9, NotEnoughStakeToSetWeights=10, NotEnoughBalanceToStake=12, NeuronNoValidatorPermit=15, WeightVecNotEqualSize=16, DuplicateUids=17, UidVecContainInvalidOne=18, WeightVecLengthIsLow=19, TooManyRegistrationsThisBlock=20, HotKeyAlreadyRegisteredInSubNet=21, MaxWeightExceeded=27, SettingWeightsTooFast=29, IncorrectWeightVersionKey=30, ServingRateLimitExceeded=31, SubNetRegistrationDisabled=37, NoNeuronIdAvailable=48, NoWeightsCommitFound=51, CommitRevealEnabled=53, CommitRevealDisabled=54, SubnetNotExists=76, RevealTooEarly=79, CommittingWeightsTooFast=81, AmountTooLow=82, NewSinceThisVersion=200";
export const EVENTS: Readonly<Record<string, string>> = {
  System:
    "ExtrinsicSuccess=0{dispatch_info:DispatchEventInfo}, ExtrinsicFailed=1{dispatch_error:DispatchError, dispatch_info:DispatchEventInfo}",
  TransactionPayment: "TransactionFeePaid=0{who:AccountId32, actual_fee:u64, tip:u64}",
  SubtensorModule:
    "StakeAdded=2(AccountId32,AccountId32,u64,u64,NetUid,u64), WeightsSet=5(u16,u16), NeuronRegistered=6(NetUid,u16,AccountId32), AxonServed=28(NetUid,AccountId32), WeightsCommitted=85(AccountId32,u16,H256), TimelockedWeightsCommitted=107(AccountId32,u16,H256,u64)",
};

/** method(arguments) answer */
export const SUBNET_API = [
  "get_subnets_info_v2() Vec<Option<SubnetInfoV2>>",
  "get_subnet_hyperparams(netuid:NetUid) Option<SubnetHyperparams>",
  "get_subnet_hyperparams_v2(netuid:NetUid) Option<SubnetHyperparamsV2>",
  "get_subnet_hyperparams_v3(netuid:NetUid) Option<Vec<HyperparamEntry>> @424",
  "get_all_dynamic_info() Vec<Option<DynamicInfo>>",
  "get_metagraph(netuid:NetUid) Option<Metagraph>",
  "get_selective_metagraph(netuid:NetUid,metagraph_indexes:Vec<u16>) Option<SelectiveMetagraph>",
  "get_mechagraph(netuid:NetUid,mecid:MechId) Option<Metagraph> @424",
  "get_selective_mechagraph(netuid:NetUid,subid:MechId,metagraph_indexes:Vec<u16>) Option<SelectiveMetagraph> @424",
  "get_next_epoch_start_block(netuid:NetUid) Option<u64> @424",
];

/** Signed extensions: identifier, what is in the extrinsic, what is signed beside it. */
export const EXTENSIONS = [
  "CheckNonZeroSender () ()",
  "CheckSpecVersion () u32",
  "CheckTxVersion () u32",
  "CheckGenesis () H256",
  "CheckMortality Era H256",
  "CheckNonce C<u32> ()",
  "CheckWeight () ()",
  "ChargeTransactionPayment C<u64> ()",
  "SudoTransactionExtension () () @424",
  "CheckShieldedTxValidity () () @424",
  "SubtensorTransactionExtension () ()",
  "DrandPriority () () @424",
  "CheckMetadataHash MetadataHashMode Option<[u8;32]>",
];
