/** Whose records these are: as they say themselves, held against what the person said. */
import { Chain, NodeId } from '../../lightning/ids.ts';
import { chainAsked } from '../asked.ts';
import { AskedError, type ImportContext, ImportError, OptionMissing } from '../importer.ts';

/** What one file says of it. */
export interface Claim {
  readonly file: string;
  readonly nodeId: string | undefined;
  readonly chain: string | undefined;
}

export interface Identity {
  readonly nodeId: NodeId;
  readonly chain: Chain;
}

/** lnd's names of networks; the first is called by its chain everywhere else. */
export function chainOfNetwork(network: string | undefined): string | undefined {
  return network === 'mainnet' ? 'bitcoin' : network;
}

/** Throws an AskedError where nobody says it, or two say otherwise. */
export function identityOf(
  claims: readonly Claim[],
  said: Pick<ImportContext, 'nodeId' | 'chain' | 'known'>,
): Identity {
  const node = agreed('node', claims, (claim) => claim.nodeId?.toLowerCase(), said.nodeId);
  if (node === undefined) throw new OptionMissing(NO_NODE);
  const chain = agreed('chain', claims, (claim) => claim.chain, said.chain);
  return { nodeId: NodeId(node), chain: Chain(chain ?? chainAsked(said, NO_CHAIN, node)) };
}

const NO_NODE =
  'nothing here says whose records these are: give what "lncli getinfo" prints as well, or --node KEY';
const NO_CHAIN = 'nothing here says of which chain, which what "lncli getinfo" prints would';

function agreed(
  what: 'node' | 'chain',
  claims: readonly Claim[],
  told: (claim: Claim) => string | undefined,
  said: string | undefined,
): string | undefined {
  let value = said;
  let by = `--${what}`;
  for (const claim of claims) {
    const own = told(claim);
    if (own === undefined) continue;
    const isWell = what === 'node' ? /^0[23][0-9a-f]{64}$/.test(own) : /^[a-z0-9]{1,32}$/.test(own);
    if (!isWell) throw new ImportError(`${claim.file} names a ${what} that is none`);
    if (value !== undefined && own !== value) {
      throw new AskedError(
        `${claim.file} is of ${what} ${own}, and ${by} says ${value}: import each node's records by themselves`,
      );
    }
    if (value === undefined) by = claim.file;
    value = own;
  }
  return value;
}
