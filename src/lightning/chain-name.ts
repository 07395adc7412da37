/** What people call a chain: the names here, and the words of lnd, Core Lightning and bitcoind for them. */
import { knownChains } from './chain-hash.ts';
import type { Chain } from './ids.ts';

/**
 * Where they differ from ours: lnd's `--bitcoin.mainnet` and getinfo's `mainnet`, bitcoind's `-chain=main` and
 * `-chain=test`, btcd's `testnet3`. Core Lightning's `network` has our names.
 */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  mainnet: 'bitcoin',
  main: 'bitcoin',
  testnet3: 'testnet',
  test: 'testnet',
};

/** Undefined for what is none of the well-known chains. */
export function chainNamed(text: string): Chain | undefined {
  const word = text.toLowerCase();
  const ours = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : word;
  return knownChains.find((known) => known === ours);
}
