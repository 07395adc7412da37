/** One channel of a wallet, from its opening to its close, as observations in the order they happened. */

import type { Static } from 'typebox';
import type { ChannelFact, ChannelOpenedSeen } from '../../channel/observations.ts';
import { ShortChannelId, splitOutpoint } from '../../lightning/ids.ts';
import type { Tally } from '../tally.ts';
import { type ChannelTerms, scidOf } from './channel-terms.ts';
import { Clock } from './clock.ts';
import { tellClose } from './close-facts.ts';
import { type CommitmentSource, commitmentFact, revocationFact } from './commitments.ts';
import type { ToldChannel, Wallet, When } from './told.ts';
import { type BlockPlace, blockOf, ownFeeSat, transactionOf } from './transactions.ts';
import { inOrder, type LoggedCommitment, type UpdateLog } from './update-log.ts';
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
  readonly facts: readonly ToldFact[];
}

export type Tell = (when: When, place: string, fact: ChannelFact | (() => ChannelFact)) => void;

/** Nothing before the funding is in a verified block: until then Electrum may still change what it says. */
export function channelFacts(source: ChannelSource): ToldFacts {
  const { wallet, records, terms, log } = source;
  const funding = blockOf(records, terms.fundingTxid);
  const told: ToldFact[] = [];
  // A pushed amount is told with the opening; an adoption must not work a balance out of it.
  const { pushMsat: _, ...adopted } = terms.context;
  const context = log.whyPruned === undefined ? terms.context : adopted;
  const about = { channelId: terms.channelId, context };
  if (funding === undefined) {
    source.tally.unread(
      'channels',
      'their funding is in no verified block yet: import again later',
    );
    return { about, facts: told };
  }
  const tell: Tell = (when, place, fact) => {
    told.push({ when, place, fact: typeof fact === 'function' ? fact : () => fact });
  };
  const clock = new Clock(wallet.nowNs);
  const steps = log.whyPruned === undefined ? [...inOrder(log)] : [];
  if (log.whyPruned === undefined) tellOpening(source, steps, funding, tell);
  tell(
    { ...clock.stated(funding.timeNs), blockHeight: funding.height },
    'funding_height',
    fundingConfirmed(terms, funding),
  );
  if (log.whyPruned !== undefined) tellPruned(source, log.whyPruned, clock, tell);
  tellReady(source, steps, clock, tell);
  tellCommitments(source, steps, clock, tell);
  tellClose(source, clock, tell);
  return { about, facts: told };
}

/** Before the funding's block, and nobody knows how long. */
function tellOpening(
  source: ChannelSource,
  steps: readonly LoggedCommitment[],
  { timeNs }: BlockPlace,
  tell: Tell,
): void {
  const zeroes = steps.filter(({ number }) => number === 0);
  const count = BigInt(zeroes.length + 1);
  const before = (nth: number): When => {
    return {
      happenedAtNs: timeNs - count + BigInt(nth),
      timeBasis: 'interpolated',
      notAfterNs: timeNs,
    };
  };
  tell(before(0), 'funding_outpoint', { type: 'ChannelOpened', data: openingOf(source, zeroes) });
  for (const [nth, zero] of zeroes.entries()) {
    tell(before(nth + 1), `log ${zero.side} 0`, () => commitmentFact(source, zero));
  }
}

function openingOf(
  { records, terms, secrets, wallet: _ }: ChannelSource,
  [zero]: readonly LoggedCommitment[],
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
    feeratePerKw: zero?.feeratePerKw ?? 0,
    ...(feeSat !== undefined && { fundingFeeSat: feeSat, ourFundingFeeSat: feeSat }),
  };
}

function fundingConfirmed({ fundingOutpoint }: ChannelTerms, place: BlockPlace): ChannelFact {
  const { height, blockHash, txIndex } = place;
  const { vout } = splitOutpoint(fundingOutpoint);
  const shortChannelId = ShortChannelId(`${height}x${txIndex}x${vout}`);
  return { type: 'FundingConfirmed', data: { fundingOutpoint, height, blockHash, shortChannelId } };
}

function tellPruned({ log }: ChannelSource, why: string, clock: Clock, tell: Tell): void {
  for (const side of ['local', 'remote'] as const) {
    // Before its first commitment nothing can be missing.
    if (log.newest[side] < 0) continue;
    const data = { what: 'commitments', side, firstKnown: log.newest[side] + 1, why } as const;
    tell(clock.between(), `log ${side}`, { type: 'RecordingGap', data });
  }
}

function tellReady(
  { channel, terms, log }: ChannelSource,
  steps: readonly LoggedCommitment[],
  clock: Clock,
  tell: Tell,
): void {
  if (!channel.local_config.funding_locked_received) return;
  const first = steps.find(({ number }) => number > 0);
  const { alias, local_scid_alias } = channel;
  tell(clock.between(first && earliest(log, first.side, -1)), 'alias', {
    type: 'ChannelReady',
    data: {
      fundingOutpoint: terms.fundingOutpoint,
      ...(local_scid_alias && { localAlias: scidOf(local_scid_alias) }),
      ...(alias && { remoteAlias: scidOf(alias) }),
    },
  });
}

function tellCommitments(
  source: ChannelSource,
  all: readonly LoggedCommitment[],
  clock: Clock,
  tell: Tell,
): void {
  const steps = all.filter(({ number }) => number > 0);
  const later = latestTimes(source, steps);
  for (const [nth, step] of steps.entries()) {
    const { side, number, added } = step;
    for (const { addedAt } of added) {
      if (addedAt !== undefined) clock.notBefore(secondNs(addedAt));
    }
    tell(clock.between(later[nth]), `log ${side} ${number}`, () => commitmentFact(source, step));
    const revoked = `log ${side} ${number - 1} revoked`;
    tell(clock.between(later[nth + 1]), revoked, () => revocationFact(source, side, number - 1));
  }
}

/** For each commitment the earliest known time that is later than it. */
function latestTimes(
  { log, records, channel }: ChannelSource,
  steps: readonly LoggedCommitment[],
): readonly (bigint | undefined)[] {
  const closing = channel.closing_height && blockOf(records, channel.closing_height[0]);
  const added = { local: suffixTimes(log, 'local'), remote: suffixTimes(log, 'remote') };
  const times: (bigint | undefined)[] = [];
  let latest = closing?.timeNs;
  for (let nth = steps.length - 1; nth >= 0; nth--) {
    const { side, number } = steps[nth] ?? { side: 'local', number: 0 };
    const next = added[side].get(number);
    if (next !== undefined && (latest === undefined || next < latest)) latest = next;
    times[nth] = latest;
  }
  return times;
}

/**
 * By commitment: the earliest offer that first holds in a later one. An HTLC is offered while the
 * commitment before is the newest that is signed.
 */
function suffixTimes(log: UpdateLog, side: 'local' | 'remote'): ReadonlyMap<number, bigint> {
  const direction = side === 'remote' ? 'offered' : 'received';
  const offers = log.htlcs
    .filter((htlc) => htlc.direction === direction && htlc.lockedIn[side] !== undefined)
    .sort((a, b) => (b.lockedIn[side] ?? 0) - (a.lockedIn[side] ?? 0));
  const times = new Map<number, bigint>();
  let earliestNs: bigint | undefined;
  let nth = 0;
  for (let number = log.newest[side]; number >= 0; number--) {
    for (; (offers[nth]?.lockedIn[side] ?? -1) > number; nth++) {
      const { addedAt } = offers[nth] ?? {};
      if (addedAt === undefined) continue;
      const ns = secondNs(addedAt);
      if (earliestNs === undefined || ns < earliestNs) earliestNs = ns;
    }
    if (earliestNs !== undefined) times.set(number, earliestNs);
  }
  return times;
}

function earliest(log: UpdateLog, side: 'local' | 'remote', number: number): bigint | undefined {
  return suffixTimes(log, side).get(Math.max(number, 0));
}

const secondNs = (second: number): bigint => BigInt(second) * 1_000_000_000n;
