/**
 * A height as a cut of what tellers without blocks told (databases, exports): by the heights that
 * their facts name. Where these cannot say which facts belong to it, the question is refused.
 */
import { FIRST_ALIAS_HEIGHT, type ShortChannelId, splitShortChannelId } from '../lightning/ids.ts';
import type { Metadata } from '../schema/metadata.ts';
import { timeNsOf } from '../schema/time.ts';
import type { EventBody, LocalStore } from '../store/event-store.ts';
import type { LastHappened } from './logical-order.ts';
import { QuestionError } from './query.ts';
import { parseStream } from './streams.ts';

/** What one fact says of its place on the chain. */
export interface PlacedFact {
  readonly timeNs: bigint;
  readonly revision: number;
  /** The block it names; undefined: none. */
  readonly height: number | undefined;
  /** It happened at this time or after, and at this one or before; undefined: nobody knows. */
  readonly earliestNs: bigint | undefined;
  readonly latestNs: bigint | undefined;
}

/** What a node's facts tell of one height's time. */
export interface HeightTimes {
  /** The last time known to be at the height or below, and the first one above. */
  readonly byNs: bigint | undefined;
  readonly aboveNs: bigint | undefined;
  /** False where no fact names a height: then nothing can be said. */
  readonly isTold: boolean;
  /** A fact names a height above, whether or not it tells when that was. */
  readonly isAboveTold: boolean;
}

/** Which of a stream's facts belong to a height. */
export type HeightCut =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'until'; readonly last: LastHappened }
  | { readonly kind: 'unknown'; readonly why: string };

/** Facts whose data names the channel's own block: it cannot have been there before. */
const OF_THEIR_BLOCK = new Set(['ChannelAdopted', 'FundingConfirmed', 'PublicChannelAnnounced']);

interface Named {
  readonly height?: unknown;
  readonly shortChannelId?: unknown;
}

/** The height a stored fact names: its own, the one it was told at, or the block of its channel. */
function heightNamed(
  type: string,
  data: Named,
  { blockHeight }: Pick<Metadata, 'blockHeight'>,
): number | undefined {
  if (typeof data.height === 'number') return data.height;
  if (blockHeight !== undefined) return blockHeight;
  const { shortChannelId } = data;
  if (typeof shortChannelId !== 'string' || !OF_THEIR_BLOCK.has(type)) return undefined;
  const height = splitShortChannelId(shortChannelId as ShortChannelId).blockHeight;
  return height > 0 && height < FIRST_ALIAS_HEIGHT ? height : undefined;
}

/** The facts of a stream up to a revision, in logical order. */
export function placedFacts(
  store: LocalStore,
  stream: string,
  toRevision: number,
): readonly PlacedFact[] {
  const facts = Array.from(store.streamBodies(stream, { toRevision }), placedFact);
  return facts.sort((a, b) => {
    return a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : a.revision - b.revision;
  });
}

function placedFact({ type, data, metadata, revision }: EventBody): PlacedFact {
  const parsed = JSON.parse(metadata) as Metadata;
  const { happenedAt, timeBasis, notBefore, notAfter } = parsed;
  const timeNs = timeNsOf(happenedAt);
  const isPlaced = timeBasis === 'interpolated';
  const height = heightNamed(type, JSON.parse(data) as Named, parsed);
  if (!isPlaced) {
    // What was learned at a time may have happened long before it.
    const earliestNs = timeBasis === 'source' ? timeNs : undefined;
    return { timeNs, revision, height, earliestNs, latestNs: timeNs };
  }
  const earliestNs = notBefore === undefined ? undefined : timeNsOf(notBefore);
  const latestNs = notAfter === undefined ? undefined : timeNsOf(notAfter);
  return { timeNs, revision, height, earliestNs, latestNs };
}

/** All facts of one node's streams; of every stream without a node. */
export function* factsOf(store: LocalStore, nodeId: string | undefined): Generator<PlacedFact> {
  for (const stream of store.streamNames('')) {
    if (nodeId !== undefined && parseStream(stream)?.nodeId !== nodeId) continue;
    for (const event of store.streamBodies(stream)) yield placedFact(event);
  }
}

/** When the height was, by all facts of a node that name one. */
export function heightTimes(facts: Iterable<PlacedFact>, height: number): HeightTimes {
  let byNs: bigint | undefined;
  let aboveNs: bigint | undefined;
  let isTold = false;
  let isAboveTold = false;
  for (const { height: named, earliestNs, latestNs } of facts) {
    if (named === undefined) continue;
    isTold = true;
    if (named > height) isAboveTold = true;
    if (named <= height) {
      if (earliestNs !== undefined && (byNs === undefined || earliestNs > byNs)) byNs = earliestNs;
    } else if (latestNs !== undefined && (aboveNs === undefined || latestNs < aboveNs)) {
      aboveNs = latestNs;
    }
  }
  // What was told of a block long after it does not say when the block was.
  const isInOrder = byNs === undefined || aboveNs === undefined || byNs < aboveNs;
  return { byNs: isInOrder ? byNs : undefined, aboveNs, isTold, isAboveTold };
}

/** What to do about facts that may lie on either side of the height. */
export type Unsure = 'shown' | 'left-out' | 'refused';

/** The facts of one stream (in logical order) that belong to a height. */
export function cutAtHeight(
  facts: readonly PlacedFact[],
  height: number,
  { byNs, aboveNs, isTold, isAboveTold }: HeightTimes,
  unsure: Unsure,
): HeightCut {
  if (!isTold) return { kind: 'unknown', why: 'no fact names a height' };
  const isBy = (fact: PlacedFact) =>
    fact.height === undefined
      ? byNs !== undefined && fact.latestNs !== undefined && fact.latestNs <= byNs
      : fact.height <= height;
  const isAbove = (fact: PlacedFact) =>
    fact.height === undefined
      ? aboveNs !== undefined && fact.earliestNs !== undefined && fact.earliestNs >= aboveNs
      : fact.height > height;
  const firstAbove = facts.findIndex(isAbove);
  const end = firstAbove === -1 ? facts.length : firstAbove;
  const late = facts.slice(end).find((fact) => fact.height !== undefined && isBy(fact));
  if (late !== undefined) {
    return { kind: 'unknown', why: `a fact of height ${late.height} stands behind later ones` };
  }
  const lastBy = facts.findLastIndex((fact, index) => index < end && isBy(fact));
  // Nothing is known to be above: the records end by then.
  if (!isAboveTold && end === facts.length) return { kind: 'all' };
  const unsureCount = end - lastBy - 1;
  if (unsureCount > 0 && unsure === 'refused') {
    const what = unsureCount === 1 ? 'a fact names' : `${unsureCount} facts name`;
    return { kind: 'unknown', why: `${what} no height and may lie on either side of it` };
  }
  const last = facts[unsure === 'shown' ? end - 1 : lastBy];
  if (last === undefined) return { kind: 'none' };
  return { kind: 'until', last: { timeNs: last.timeNs, revision: last.revision } };
}

/** One sentence with the rule's name and what to do instead. */
export function refuseHeight(stream: string, height: number, why: string): QuestionError {
  const name = parseStream(stream);
  const what = `${name?.category ?? 'stream'} ${name?.subjectId || name?.nodeId || stream}`;
  return new QuestionError(
    'wrong',
    `height-not-told: what there was at height ${height} is not told of ${what} ` +
      `(its teller saw no blocks, and ${why}): ask with --at TIME`,
  );
}
