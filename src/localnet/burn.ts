import type { Subnet } from "./subnet.ts";

/**
 * Price of a registration: it falls by half in `burnHalfLife` blocks, down to `minBurnRao`.
 *
 * @example
 * burnAt(subnet, subnet.burn.block); // 100000000n
 */
export function burnAt({ burn, settings }: Subnet, block: number): bigint {
  const fallen = BigInt(Math.round(Number(burn.rao) * 2 ** ((burn.block - block) / settings.burnHalfLife)));
  return fallen < settings.minBurnRao ? settings.minBurnRao : fallen;
}

/** After a registration the price is `burnIncrease` times as high, up to `maxBurnRao`. */
export function raiseBurn(subnet: Subnet, block: number): void {
  const { burnIncrease, maxBurnRao } = subnet.settings;
  const raised = BigInt(Math.round(Number(burnAt(subnet, block)) * burnIncrease));
  subnet.burn = { rao: raised > maxBurnRao ? maxBurnRao : raised, block };
}
