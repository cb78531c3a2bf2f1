/**
 * @module localnet
 * Row 4: a subnet on one machine: an embedded ledger behind the Chain port, in this process or served on loopback. It is no
 * real chain: no peers, no value; its consensus, schedule, refusals and time locks are the real one's.
 *
 * @example
 * (await ledgerChain(createLedger({ seed: 7 })).head()).block; // 0
 */
export { callSchema } from "./calls.ts";
export { connectLocalnetDev, type LocalnetDev } from "./dev-client.ts";
export { LedgerStateError } from "./errors.ts";
export { createLedger, type Ledger, type LedgerModules } from "./ledger.ts";
export { createLedgerApp } from "./ledger-app.ts";
export { ledgerChain } from "./ledger-chain.ts";
export { createLocalnet, type Localnet, type LocalnetOptions, type Outdone } from "./localnet.ts";
export { connectLedger, type RemoteChainOptions } from "./remote-chain.ts";
export { LOCAL_HYPERPARAMETERS, type SubnetSettings, subnetSettings } from "./settings.ts";
export { type LedgerOptions, ownerUri } from "./state.ts";
export { changesSchema } from "./state-schema.ts";
