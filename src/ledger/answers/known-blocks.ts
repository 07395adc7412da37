/**
 * When blocks were found, by all that a node's tellers say of them: what was placed by its height alone is
 * dated by it, whichever was told first.
 */
import { channelProjection } from '../../../projections/channel.ts';
import { BlockTimes } from '../../lightning/block-times.ts';
import { timeNsOf } from '../../schema/time.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { Query } from '../query.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { AnswerContext } from './context.ts';
import { CHAIN } from './tellers.ts';
import { windowOf } from './window.ts';

const NS_PER_SECOND = 1_000_000_000n;

/** `query`: what may be known. That a block was told of after a moment makes its time no other. */
export function knownBlocks(
  context: AnswerContext,
  nodeId: string,
  { at, knownAtNs, source }: Query,
): BlockTimes {
  const query: Query = {
    nodeId,
    ...(at?.kind === 'position' && { at }),
    ...(knownAtNs !== undefined && { knownAtNs }),
    ...(source !== undefined && { source }),
  };
  const times = new BlockTimes();
  const chains = new Set<string>();
  const isInWindow = windowOf(context.store, query);
  for (const stored of context.store.markedEvents(['BestBlockChanged', 'BlockDated'])) {
    const name = parseStream(stored.stream);
    if (name?.nodeId !== nodeId || !isInWindow(stored)) continue;
    addTold(times, decodeEvent(stored));
  }
  for (const stream of context.store.streamNames('node-')) {
    const name = parseStream(stream);
    if (name?.nodeId === nodeId) chains.add(name.chain);
  }
  const [chain] = chains;
  if (chain !== undefined && chains.size === 1) times.addKnownBlocks(chain);
  if (source === undefined || source === CHAIN) addTransactions(times, context, query);
  return times;
}

function addTold(times: BlockTimes, { fact, metadata }: LedgerEvent): void {
  const atNs = timeNsOf(metadata.happenedAt);
  if (fact?.type === 'BlockDated') {
    const { height, isHeader } = fact.data;
    if (isHeader === true) times.addBlock(height, atNs);
    else times.addTip(height, atNs);
  } else if (fact?.type === 'BestBlockChanged') {
    const { height, blockTime } = fact.data;
    if (blockTime !== undefined) times.addBlock(height, BigInt(blockTime) * NS_PER_SECOND);
    else if (metadata.timeBasis !== 'interpolated') times.addTip(height, atNs);
  }
}

/** The blocks of closes and claims that somebody read. */
function addTransactions(times: BlockTimes, { rows }: AnswerContext, query: Query): void {
  const add = (
    height: number | undefined,
    at: string | undefined,
    bounds: TimeBounds | undefined,
  ) => {
    // What stands behind a block that left the chain is not at its own block's time.
    if (height === undefined || at === undefined || bounds !== undefined) return;
    // What one block holds of a channel stands a few nanoseconds apart.
    times.addBlock(height, (timeNsOf(at) / NS_PER_SECOND) * NS_PER_SECOND);
  };
  for (const { row } of rows.all(channelProjection, { ...query, source: CHAIN })) {
    const { close } = row;
    add(close?.height, close?.closedAt, close?.closedAtBounds);
    add(close?.resolvedHeight, close?.resolvedAt, close?.resolvedAtBounds);
    for (const { height, at, atBounds } of close?.outputs ?? []) add(height, at, atBounds);
  }
}
