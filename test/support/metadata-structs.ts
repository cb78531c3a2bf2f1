/** The named types of the small metadata, in the texts of `createTypes`. */

const SIZES =
  "network_registered_at:C<u64>, owner_hotkey:AccountId32, owner_coldkey:AccountId32, block:C<u64>, tempo:C<u16>, last_step:C<u64>, blocks_since_last_step:C<u64>, subnet_emission:C<u64>, alpha_in:C<u64>, alpha_out:C<u64>, tao_in:C<u64>, alpha_out_emission:C<u64>, alpha_in_emission:C<u64>, tao_in_emission:C<u64>, pending_alpha_emission:C<u64>, pending_root_emission:C<u64>, subnet_volume:C<u128>, moving_price:i128, rho:C<u16>, kappa:C<u16>, min_allowed_weights:C<u16>, max_weights_limit:C<u16>, weights_version:C<u64>, weights_rate_limit:C<u64>, activity_cutoff:ACTIVITY, max_validators:C<u16>, num_uids:C<u16>, max_uids:C<u16>, burn:C<u64>, difficulty:C<u64>, registration_allowed:bool, pow_registration_allowed:bool, immunity_period:C<u16>, min_difficulty:C<u64>, max_difficulty:C<u64>, min_burn:C<u64>, max_burn:C<u64>, adjustment_alpha:C<u64>, adjustment_interval:C<u16>, target_regs_per_interval:C<u16>, max_regs_per_block:C<u16>, serving_rate_limit:C<u64>, commit_reveal_weights_enabled:bool, commit_reveal_period:C<u64>, liquid_alpha_enabled:bool, alpha_high:C<u16>, alpha_low:C<u16>, bonds_moving_avg:C<u64>";
const COLUMNS =
  "hotkeys:Vec<AccountId32>, coldkeys:Vec<AccountId32>, identities:Vec<Option<Identity>>, axons:Vec<AxonInfo>, active:Vec<bool>, validator_permit:Vec<bool>, pruning_score:Vec<C<u16>>, last_update:Vec<C<u64>>, emission:Vec<C<u64>>, dividends:Vec<C<u16>>, incentives:Vec<C<u16>>, consensus:Vec<C<u16>>, trust:Vec<C<u16>>, rank:Vec<C<u16>>, block_at_registration:Vec<C<u64>>, alpha_stake:Vec<C<u64>>, tao_stake:Vec<C<u64>>, total_stake:Vec<C<u64>>, tao_dividends_per_hotkey:Vec<(AccountId32,C<u64>)>, alpha_dividends_per_hotkey:Vec<(AccountId32,C<u64>)>";
const HYPERPARAMETERS =
  "rho:C<u16>, kappa:C<u16>, immunity_period:C<u16>, min_allowed_weights:C<u16>, max_weights_limit:C<u16>, tempo:C<u16>, min_difficulty:C<u64>, max_difficulty:C<u64>, weights_version:C<u64>, weights_rate_limit:C<u64>, adjustment_interval:C<u16>, activity_cutoff:ACTIVITY, registration_allowed:bool, target_regs_per_interval:C<u16>, min_burn:C<u64>, max_burn:C<u64>, bonds_moving_avg:C<u64>, max_regs_per_block:C<u16>, serving_rate_limit:C<u64>, max_validators:C<u16>, adjustment_alpha:C<u64>, difficulty:C<u64>, commit_reveal_period:C<u64>, commit_reveal_weights_enabled:bool, alpha_high:C<u16>, alpha_low:C<u16>, liquid_alpha_enabled:bool";
const names = "name:Vec<C<u8>>, symbol:Vec<C<u8>>, identity:Option<Identity>";
const optional = (fields: string) => fields.replace(/:((?:[^,()]|\([^)]*\))+)/g, ":Option<$1>");
/** An era: 0 = immortal, else two bytes. */
const ERA = ["Immortal=0", ...Array.from({ length: 255 }, (_, i) => `Mortal${i + 1}=${i + 1}(u8)`)].join(", ");

const texts = {
  NetUid: "new u16",
  MechId: "new u8",
  AccountId32: "new [u8;32]",
  H256: "new [u8;32]",
  MultiAddress: "enum Id=0(AccountId32), Index=1(C<()>), Raw=2(Vec<u8>), Address32=3([u8;32]), Address20=4([u8;20])",
  MultiSignature: "enum Ed25519=0([u8;64]), Sr25519=1([u8;64]), Ecdsa=2([u8;65])",
  Era: `enum ${ERA}`,
  MetadataHashMode: "enum Disabled=0, Enabled=1",
  RuntimeVersion:
    "struct spec_name:str, impl_name:str, authoring_version:u32, spec_version:u32, impl_version:u32, apis:Vec<([u8;8],u32)>, transaction_version:u32, system_version:u8",
  AccountInfo: "struct nonce:u32, consumers:u32, providers:u32, sufficients:u32, data:AccountData",
  AccountData: "struct free:u64, reserved:u64, frozen:u64, flags:u128",
  BeaconConfiguration:
    "struct public_key:Vec<u8>, period:u32, genesis_time:u32, hash:Vec<u8>, group_hash:Vec<u8>, scheme_id:Vec<u8>, metadata:Vec<u8>",
  Pulse: "struct round:u64, randomness:Vec<u8>, signature:Vec<u8>",
  Phase: "enum ApplyExtrinsic=0(u32), Finalization=1, Initialization=2",
  EventRecord: "struct phase:Phase, event:RuntimeEvent, topics:Vec<H256>",
  DispatchEventInfo: "struct weight:Weight, class:DispatchClass, pays_fee:Pays",
  Weight: "struct ref_time:C<u64>, proof_size:C<u64>",
  DispatchClass: "enum Normal=0, Operational=1, Mandatory=2",
  Pays: "enum Yes=0, No=1",
  DispatchError: "enum Other=0, CannotLookup=1, BadOrigin=2, Module=3(ModuleError), Token=7(TokenError)",
  ModuleError: "struct index:u8, error:[u8;4]",
  TokenError: "enum FundsUnavailable=0, OnlyProvider=1, BelowMinimum=2",
  AxonInfo:
    "struct block:u64, version:u32, ip:u128, port:u16, ip_type:u8, protocol:u8, placeholder1:u8, placeholder2:u8",
  Identity: "struct name:Vec<u8>, url:Vec<u8>, additional:Vec<u8>",
  Metagraph: `struct netuid:C<NetUid>, ${names}, ${SIZES}, ${COLUMNS}`,
  SelectiveMetagraph: `struct netuid:C<NetUid>, ${optional(`${names}, ${SIZES}, ${COLUMNS}`)}, validators:Option<Vec<C<u16>>>, commitments:Option<Vec<(AccountId32,Vec<C<u8>>)>>`,
  SubnetHyperparams: `struct ${HYPERPARAMETERS}`,
  SubnetHyperparamsV2: `struct ${HYPERPARAMETERS}, alpha_sigmoid_steepness:i64, yuma_version:C<u16>, subnet_is_active:bool, transfers_enabled:bool, bonds_reset_enabled:bool, user_liquidity_enabled:bool`,
  HyperparamEntry: "struct name:Vec<u8>, value:HyperparamValue",
  HyperparamValue:
    "enum Bool=0(bool), U16=1(C<u16>), U32=2(C<u32>), U64=3(C<u64>), U128=4(C<u128>), TaoBalance=5(C<u64>), I32F32=6(i64), U64F64=7(u128)",
  DynamicInfo:
    "struct netuid:C<NetUid>, owner_hotkey:AccountId32, owner_coldkey:AccountId32, subnet_name:Vec<C<u8>>, token_symbol:Vec<C<u8>>, tempo:C<u16>, last_step:C<u64>, blocks_since_last_step:C<u64>, emission:C<u64>, alpha_in:C<u64>, alpha_out:C<u64>, tao_in:C<u64>, alpha_out_emission:C<u64>, alpha_in_emission:C<u64>, tao_in_emission:C<u64>, pending_alpha_emission:C<u64>, pending_root_emission:C<u64>, subnet_volume:C<u128>, network_registered_at:C<u64>, subnet_identity:Option<Identity>, moving_price:i128",
  SubnetInfoV2:
    "struct netuid:C<NetUid>, rho:C<u16>, kappa:C<u16>, difficulty:C<u64>, immunity_period:C<u16>, max_allowed_validators:C<u16>, min_allowed_weights:C<u16>, max_weights_limit:C<u16>, scaling_law_power:C<u16>, subnetwork_n:C<u16>, max_allowed_uids:C<u16>, blocks_since_last_step:C<u64>, tempo:C<u16>, network_modality:C<u16>, network_connect:Vec<[u16;2]>, emission_value:C<u64>, burn:C<u64>, owner:AccountId32, identity:Option<Identity>",
};

/** The types of a spec: the activity cutoff grew from u16 to u64. */
export function structsOf(spec: 293 | 424): Readonly<Record<string, string>> {
  const activity = spec === 293 ? "C<u16>" : "C<u64>";
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]): [string, string] => [name, text.replace("ACTIVITY", activity)]),
  );
}
