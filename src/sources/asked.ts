/** What a person must say where the records do not: asked for in one sentence. */
import type { NodeId } from '../lightning/ids.ts';
import { AskedError, type ImportContext } from './importer.ts';

/** `why`: which records do not name the node. Where the ledger knows one node alone, it is that one. */
export function nodeAsked({ nodeId, known }: ImportContext, why: string): NodeId {
  const [only, second] = known?.nodes ?? [];
  const node = nodeId ?? (second === undefined ? only?.nodeId : undefined);
  if (node !== undefined) return node;
  throw new AskedError(`${why}: say it with --node ID (66 hex digits, as getinfo prints it)`);
}

/** `why`: which records do not name the chain. Where the ledger's nodes are of one, it is that one. */
export function chainAsked({ chain, known }: ImportContext, why: string): string {
  const chains = new Set(known?.nodes.flatMap((node) => node.chain ?? []));
  const [only, second] = chains;
  const found = chain ?? (second === undefined ? only : undefined);
  if (found !== undefined) return found;
  throw new AskedError(`${why}: say it with --chain bitcoin (or testnet, signet, regtest)`);
}
