/** One channel of a wallet, from its opening to its close, as observations in the order they happened. */

import type { Static } from 'typebox';
import type { Side } from '../../channel/fields.ts';
import type { ChannelFact, ChannelOpenedSeen } from '../../channel/observations.ts';
import { ShortChannelId, splitOutpoint } from '../../lightning/ids.ts';
import type { Tally } from '../tally.ts';
import { type ChannelTerms, scidOf } from './channel-terms.ts';
import { Clock } from './clock.ts';
import { tellClose } from './close-facts.ts';
import { type CommitmentSource, commitmentFact, revocationFact } from './commitments.ts';
import type { ToldChannel, Wallet, When } from './told.ts';
import { type BlockPlace, blockOf, ownFeeSat, transactionOf } from './transactions.ts';
import { inOrder, type LogOutline, outlineOf, type UpdateLog } from './update-log.ts';
import type { WalletChannel } from './wallet-schema.ts';

export interface ChannelSource extends CommitmentSource {
  readonly wallet: Wallet;
  readonly records: Record<string, unknown>;
  readonly channel: WalletChannel;
  readonly log: UpdateLog;
  readonly tally: Tally;
}

/** Points and secrets take long to make: a fact with some is made when it is its turn. */
export interface ToldFact {
  readonly when: When;
  readonly place: string;
  readonly fact: () => ChannelFact;
}

export interface ToldFacts {
  readonly about: ToldChannel;
  /** Each fact is to be made before the next is asked for. */
  readonly facts: Iterable<ToldFact>;
}

export type Tell = (when: When, place: string, fact: ChannelFact) => void;

/**
 * Undefined before the funding is in a verified block: until then Electrum may still change what it says.
 * Throws a LogError where the log cannot be, before anything is told.
 */
export function channelFacts(source: ChannelSource): ToldFacts | undefined {
  const { wallet, records, terms, log } = source;
  const funding = blockOf(records, terms.fundingTxid);
  if (funding === undefined) {
    source.tally.unread(
      'channels',
      'their funding is in no verified block yet: import again later',
    );
    return undefined;
  }
  // A pushed amount is told with the opening; an adoption must not work a balance out of it.
  const { pushMsat: _, ...adopted } = terms.context;
  const context = log.whyPruned === undefined ? terms.context : adopted;
  const about = { channelId: terms.channelId, context };
  const clock = new Clock(wallet.nowNs);
  const outline = log.whyPruned === undefined ? outlineOf(log) : undefined;
  return { about, facts: factsOf(source, outline, clock, funding) };
}

function* factsOf(
  source: ChannelSource,
  outline: LogOutline | undefined,
  clock: Clock,
  funding: BlockPlace,
): Generator<ToldFact, void, undefined> {
  const { terms, log } = source;
  const times = outline && new LaterTimes(source);
  if (outline !== undefined) yield* openingFacts(source, outline, funding);
  const at = { ...clock.stated(funding.timeNs), blockHeight: funding.height };
  yield told(at, 'funding_height', fundingConfirmed(terms, funding));
  if (log.whyPruned !== undefined) yield* gapFacts(source, log.whyPruned, clock);
  yield* readyFact(source, times?.behindFirst(outline?.firstSide), clock);
  if (times !== undefined) yield* commitmentFacts(source, times, clock);
  const closing: ToldFact[] = [];
  tellClose(source, clock, (when, place, fact) => closing.push(told(when, place, fact)));
  yield* closing;
}

const told = (when: When, place: string, fact: ChannelFact): ToldFact => {
  return { when, place, fact: () => fact };
};

/** Before the funding's block, and nobody knows how long. */
function* openingFacts(
  source: ChannelSource,
  { firstFeerates }: LogOutline,
  { timeNs }: BlockPlace,
): Generator<ToldFact, void, undefined> {
  const count = BigInt(firstFeerates.length + 1);
  const before = (nth: number): When => {
    return {
      happenedAtNs: timeNs - count + BigInt(nth),
      timeBasis: 'interpolated',
      notAfterNs: timeNs,
    };
  };
  const data = openingOf(source, firstFeerates[0]);
  yield told(before(0), 'funding_outpoint', { type: 'ChannelOpened', data });
  let nth = 1;
  for (const zero of inOrder(source.log)) {
    // They stand before all others.
    if (zero.number > 0) return;
    const fact = () => commitmentFact(source, zero);
    yield { when: before(nth++), place: `log ${zero.side} 0`, fact };
  }
}

function openingOf(
  { records, terms, secrets }: ChannelSource,
  feeratePerKw: number | undefined,
): Static<typeof ChannelOpenedSeen> {
  const { channelId, fundingOutpoint, capacitySat, pushMsat, channelType, context } = terms;
  const { peerId, opener, isPrivate, local = {}, remote = {} } = context;
  const transaction = transactionOf(records, terms.fundingTxid);
  const feeSat = transaction && ownFeeSat(records, transaction);
  const first = secrets.pointOf('remote', 0);
  if (peerId === undefined || opener === undefined) throw new TypeError('terms without a peer');
  return {
    channelId,
    fundingOutpoint,
    peerId,
    opener,
    capacitySat,
    pushMsat,
    channelType,
    isPrivate: isPrivate ?? true,
    local,
    remote: {
      ...remote,
      ...(first?.isDerived === false && { firstPerCommitmentPoint: first.hex }),
    },
    feeratePerKw: feeratePerKw ?? 0,
    ...(feeSat !== undefined && { fundingFeeSat: feeSat, ourFundingFeeSat: feeSat }),
  };
}

function fundingConfirmed({ fundingOutpoint }: ChannelTerms, place: BlockPlace): ChannelFact {
  const { height, blockHash, txIndex } = place;
  const { vout } = splitOutpoint(fundingOutpoint);
  const shortChannelId = ShortChannelId(`${height}x${txIndex}x${vout}`);
  return { type: 'FundingConfirmed', data: { fundingOutpoint, height, blockHash, shortChannelId } };
}

function* gapFacts({ log }: ChannelSource, why: string, clock: Clock): Generator<ToldFact> {
  for (const side of ['local', 'remote'] as const) {
    // Before its first commitment nothing can be missing.
    if (log.newest[side] < 0) continue;
    const data = { what: 'commitments', side, firstKnown: log.newest[side] + 1, why } as const;
    yield told(clock.between(), `log ${side}`, { type: 'RecordingGap', data });
  }
}

function* readyFact(
  { channel, terms }: ChannelSource,
  laterNs: bigint | undefined,
  clock: Clock,
): Generator<ToldFact> {
  if (!channel.local_config.funding_locked_received) return;
  const { alias, local_scid_alias } = channel;
  yield told(clock.between(laterNs), 'alias', {
    type: 'ChannelReady',
    data: {
      fundingOutpoint: terms.fundingOutpoint,
      ...(local_scid_alias && { localAlias: scidOf(local_scid_alias) }),
      ...(alias && { remoteAlias: scidOf(alias) }),
    },
  });
}

function* commitmentFacts(
  source: ChannelSource,
  times: LaterTimes,
  clock: Clock,
): Generator<ToldFact> {
  const next = { local: 1, remote: 1 };
  for (const step of inOrder(source.log)) {
    const { side, number, added } = step;
    if (number === 0) continue;
    for (const { addedAt } of added) {
      if (addedAt !== undefined) clock.notBefore(secondNs(addedAt));
    }
    const fact = () => commitmentFact(source, step);
    yield { when: clock.between(times.from(next)), place: `log ${side} ${number}`, fact };
    next[side] = number + 1;
    const revoked = () => revocationFact(source, side, number - 1);
    const place = `log ${side} ${number - 1} revoked`;
    yield { when: clock.between(times.from(next)), place, fact: revoked };
  }
}

/** The earliest known times that are later than a commitment. */
class LaterTimes {
  readonly #closingNs: bigint | undefined;
  readonly #offers: Readonly<Record<Side, Float64Array>>;

  constructor({ log, records, channel }: ChannelSource) {
    const closing = channel.closing_height && blockOf(records, channel.closing_height[0]);
    this.#closingNs = closing?.timeNs;
    this.#offers = { local: offersBehind(log, 'local'), remote: offersBehind(log, 'remote') };
  }

  /** Later than those of both sides that are the next: of a side, no later commitment has an earlier time. */
  from(next: Readonly<Record<Side, number>>): bigint | undefined {
    const known = [this.#closingNs, this.#offer('local', next), this.#offer('remote', next)];
    return known.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a));
  }

  /** Of the offers alone. */
  behindFirst(side: Side | undefined): bigint | undefined {
    return side && this.#offer(side, { local: 0, remote: 0 });
  }

  #offer(side: Side, next: Readonly<Record<Side, number>>): bigint | undefined {
    const second = this.#offers[side][next[side]] ?? Infinity;
    return second === Infinity ? undefined : secondNs(second);
  }
}

/**
 * By commitment: the second of the earliest offer that first holds in a later one. An HTLC is offered while the
 * commitment before is the newest that is signed.
 */
function offersBehind(log: UpdateLog, side: Side): Float64Array {
  const direction = side === 'remote' ? 'offered' : 'received';
  const newest = log.newest[side];
  const times = new Float64Array(newest + 1).fill(Infinity);
  for (const { direction: way, lockedIn, addedAt } of log.htlcs) {
    const from = lockedIn[side];
    if (way !== direction || from === undefined || from === 0 || addedAt === undefined) continue;
    const before = Math.min(from - 1, newest);
    times[before] = Math.min(times[before] ?? Infinity, addedAt);
  }
  for (let number = newest - 1; number >= 0; number--) {
    times[number] = Math.min(times[number] ?? Infinity, times[number + 1] ?? Infinity);
  }
  return times;
}

const secondNs = (second: number): bigint => BigInt(second) * 1_000_000_000n;
