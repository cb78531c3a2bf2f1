import { ChainRefusedError, type RegisterCall } from "../chain/index.ts";
import { InvalidArgumentError } from "../core/index.ts";
import { isAddress } from "../wallet/index.ts";
import { burnAt, raiseBurn } from "./burn.ts";
import { credit, type LedgerState, pay, subnetOf } from "./state.ts";
import { forgetUid, type LedgerNeuron, newPlace, ownerNeuron, type Subnet } from "./subnet.ts";

/** What the last epoch gave a neuron for its work, over all mechanisms. */
const earned = ({ places, dividends }: LedgerNeuron) =>
  places.reduce((sum, { incentive }) => sum + incentive, 0) + dividends;

/** The next free uid, or the one that earned least of those past their immunity; the owner's is never taken. */
function placeIn(subnet: Subnet, owner: string, block: number): number {
  const { neurons, settings, netuid } = subnet;
  if (neurons.length < settings.maxAllowedUids) return neurons.length;
  const kept = ownerNeuron(subnet, owner);
  const [least] = neurons
    .filter((neuron) => neuron !== kept && !neuron.validatorPermit)
    .filter(({ registeredAtBlock }) => block - registeredAtBlock >= settings.immunityPeriod)
    .sort((a, b) => earned(a) - earned(b) || a.registeredAtBlock - b.registeredAtBlock || a.uid - b.uid);
  if (least) return least.uid;
  throw new ChainRefusedError({ refusal: "NoNeuronIdAvailable", values: { Netuid: netuid, Places: neurons.length } });
}

/** Burns the price and registers, with the chain's checks in the chain's order. */
export function applyRegister(
  state: LedgerState,
  { netuid, hotkey, maxBurnRao }: RegisterCall,
  coldkey: string,
): LedgerNeuron {
  const { block, owner } = state;
  if (!isAddress(hotkey))
    throw new InvalidArgumentError({ argument: "hotkey", problem: "is not an SS58 address", value: hotkey });
  if (netuid === 0) throw new ChainRefusedError({ refusal: "RegistrationNotPermittedOnRootSubnet" });
  const subnet = subnetOf(state, netuid);
  const { settings } = subnet;
  if (!settings.registrationAllowed)
    throw new ChainRefusedError({ refusal: "SubNetRegistrationDisabled", values: { Netuid: netuid } });
  if (subnet.neurons.some((neuron) => neuron.hotkey === hotkey))
    throw new ChainRefusedError({ refusal: "HotKeyAlreadyRegisteredInSubNet", values: { Hotkey: hotkey } });
  const price = burnAt(subnet, block);
  if (maxBurnRao !== null && price > maxBurnRao) {
    const values = { Price: `${price} rao`, Most: `${maxBurnRao} rao` };
    throw new ChainRefusedError({ refusal: "RegistrationPriceLimitExceeded", values });
  }
  for (const { neurons } of state.subnets.values()) {
    const elsewhere = neurons.find((neuron) => neuron.hotkey === hotkey);
    if (elsewhere && elsewhere.coldkey !== coldkey)
      throw new ChainRefusedError({ refusal: "NonAssociatedColdKey", values: { Hotkey: hotkey } });
  }
  const uid = placeIn(subnet, owner, block);
  pay(state, coldkey, price);
  const gone = subnet.neurons[uid];
  if (gone) {
    credit(state, gone.coldkey, gone.stakeRao);
    forgetUid(subnet, uid);
  }
  const neuron: LedgerNeuron = {
    uid,
    hotkey,
    coldkey,
    registeredAtBlock: block,
    stakeRao: 0n,
    validatorPermit: false,
    active: true,
    axon: null,
    axonUpdatedAtBlock: 0,
    emissionRao: 0n,
    consensus: 0,
    validatorTrust: 0,
    dividends: 0,
    places: Array.from({ length: settings.mechanisms }, () => newPlace(block)),
  };
  subnet.neurons[uid] = neuron;
  raiseBurn(subnet, block);
  return neuron;
}
