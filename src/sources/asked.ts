/** What a person must say where the records do not: asked for in one sentence. */
import type { NodeId } from '../lightning/ids.ts';
import { type ImportContext, OptionMissing } from './importer.ts';

/** `why`: which records do not name the node. Where the ledger knows one node alone, it is that one. */
export function nodeAsked({ nodeId, known }: ImportContext, why: string): NodeId {
  const [only, second] = known?.nodes ?? [];
  const node = nodeId ?? (second === undefined ? only?.nodeId : undefined);
  if (node !== undefined) return node;
  throw new OptionMissing(`${why}: say it with --node ID (66 hex digits, as getinfo prints it)`);
}

/**
 * `why`: which records do not name the chain. Where the ledger knows the chain of `nodeId` (of all its nodes
 * where none is given), it is that one; of a node that the ledger does not know it is asked.
 */
export function chainAsked(
  { chain, known }: Pick<ImportContext, 'chain' | 'known'>,
  why: string,
  nodeId?: string,
): string {
  const nodes = known?.nodes.filter((node) => nodeId === undefined || node.nodeId === nodeId) ?? [];
  const [only, second] = new Set(nodes.flatMap((node) => node.chain ?? []));
  const found = chain ?? (second === undefined ? only : undefined);
  if (found !== undefined) return found;
  throw new OptionMissing(
    `${why}: say it with --chain bitcoin (or testnet, testnet4, signet, regtest)`,
  );
}
