/** `--chain`: a closed list, because a name that is misspelt would be kept with every record for good. */
import { knownChains } from '../lightning/chain-hash.ts';
import { chainNamed } from '../lightning/chain-name.ts';
import type { Chain } from '../lightning/ids.ts';
import { UsageError } from './errors.ts';

/** Throws a UsageError that names the chains there are. */
export function chainOption(text: string): Chain {
  const chain = chainNamed(text);
  if (chain !== undefined) return chain;
  const [main, ...others] = knownChains;
  throw new UsageError(`--chain takes ${main} (or mainnet), ${others.join(', ')}, not "${text}"`);
}
