/** BOLT 0, `chain_hash`: the genesis block's hash in byte order names the chain. */
import { bytesToHex } from './bytes.ts';
import { Chain } from './ids.ts';

const CHAIN_BY_HASH: ReadonlyMap<string, Chain> = new Map([
  ['6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000', Chain('bitcoin')],
  ['43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000', Chain('testnet')],
  ['43f08bdab050e35b567c864b91f47f50ae725ae2de53bcfbbaf284da00000000', Chain('testnet4')],
  ['f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000', Chain('signet')],
  ['06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f', Chain('regtest')],
]);

/** The names of the well-known chains. */
export const knownChains: readonly Chain[] = [...CHAIN_BY_HASH.values()];

/** The chain's name, or undefined where it is none of the well-known ones. */
export function chainOfHash(chainHash: Uint8Array | string): Chain | undefined {
  return CHAIN_BY_HASH.get(typeof chainHash === 'string' ? chainHash : bytesToHex(chainHash));
}
