/** One channel of a wallet, from its opening to its close, as observations in the order they happened. */

import type { Static } from 'typebox';
import type { ChannelFact, ChannelOpenedSeen } from '../../channel/observations.ts';
import { ShortChannelId, splitOutpoint } from '../../lightning/ids.ts';
import type { Tally } from '../tally.ts';
import { type ChannelTerms, scidOf } from './channel-terms.ts';
import { Clock } from './clock.ts';
import { tellClose } from './close-facts.ts';
import {
  type CommitmentSource,
  commitmentFact,
  htlcAddedFact,
  revocationFact,
} from './commitments.ts';
import { LaterTimes, offersOf } from './offer-times.ts';
import type { ToldChannel, Wallet, When } from './told.ts';
import { type BlockPlace, blockOf, ownFeeSat, transactionOf } from './transactions.ts';
import {
  inOrder,
  type LoggedHtlc,
  type LogOutline,
  outlineOf,
  type UpdateLog,
} from './update-log.ts';
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
  /** By when each HTLC had ended, in nanoseconds, as far as the facts told by now bound it. */
  readonly endedByNs: ReadonlyMap<LoggedHtlc, bigint>;
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
  const endedByNs = new Map<LoggedHtlc, bigint>();
  return { about, facts: factsOf(source, outline, clock, funding, endedByNs), endedByNs };
}

function* factsOf(
  source: ChannelSource,
  outline: LogOutline | undefined,
  clock: Clock,
  funding: BlockPlace,
  endedByNs: Map<LoggedHtlc, bigint>,
): Generator<ToldFact, void, undefined> {
  const { terms, log } = source;
  const times = outline && new LaterTimes(source);
  if (outline !== undefined) yield* openingFacts(source, outline, funding);
  const at = { ...clock.stated(funding.timeNs), blockHeight: funding.height };
  yield told(at, 'funding_height', fundingConfirmed(terms, funding));
  if (log.whyPruned !== undefined) yield* gapFacts(source, log.whyPruned, clock);
  yield* readyFact(source, times?.behindFirst(outline?.firstSide), clock);
  if (times !== undefined) yield* commitmentFacts(source, times, clock, endedByNs);
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
  endedByNs: Map<LoggedHtlc, bigint>,
): Generator<ToldFact> {
  const next = { local: 1, remote: 1 };
  const offered = new Set<LoggedHtlc>();
  for (const step of inOrder(source.log)) {
    const { side, number, removed } = step;
    if (number === 0) continue;
    for (const { htlc, atNs } of offersOf(step)) {
      // It comes into both ends' commitments.
      if (offered.has(htlc)) continue;
      offered.add(htlc);
      const when = clock.offered(atNs, times.from(next));
      const place = `log ${htlc.direction} ${htlc.id}`;
      yield { when, place, fact: () => htlcAddedFact(htlc) };
    }
    const fact = () => commitmentFact(source, step);
    const when = clock.between(times.from(next));
    for (const htlc of removed) {
      // The first commitment without it ends it, whosever that is.
      if (when.notAfterNs === undefined || endedByNs.has(htlc)) continue;
      endedByNs.set(htlc, when.notAfterNs);
    }
    yield { when, place: `log ${side} ${number}`, fact };
    next[side] = number + 1;
    const revoked = () => revocationFact(source, side, number - 1);
    const place = `log ${side} ${number - 1} revoked`;
    yield { when: clock.between(times.from(next)), place, fact: revoked };
  }
}
