/**
 * Valid histories of a channel, made of arbitrary small steps: each step becomes what a source would
 * see next, and `decide` makes the events. What it would refuse does not happen.
 */
import fc from 'fast-check';
import { decide } from '../src/channel/decide.ts';
import type { ChannelDraft, ChannelEvent } from '../src/channel/events.ts';
import type { Side } from '../src/channel/fields.ts';
import type { ChannelContext, ChannelFact, HtlcSeen } from '../src/channel/observations.ts';
import { activeFunding, type ChannelState, newChannel } from '../src/channel/state.ts';
import { Outpoint, outpointOf, ShortChannelId, Txid } from '../src/lightning/ids.ts';
import { blockHash, channelId, fundingOutpoint, opened, peerId } from './channel/given.ts';

export interface Step {
  /** Which of the things that may happen next. */
  readonly kind: number;
  readonly number: number;
}

/** Steps that shrink to fewer and simpler ones. */
export const historySteps = fc.array(fc.record({ kind: fc.nat(41), number: fc.nat(1_000_000) }), {
  maxLength: 200,
  size: 'max',
});

/** The events of a channel that goes through these steps. */
export function historyOf(steps: readonly Step[]): readonly ChannelEvent[] {
  const history = new History();
  // Some channels are met when they are there already.
  const [first] = steps;
  if (first === undefined || first.number % 5 > 0) history.see(opened);
  for (const step of steps) history.take(step);
  return history.events;
}

interface HtlcPlan extends HtlcSeen {
  readonly on: Set<Side>;
  outcome?: 'settled' | 'failed';
}

const context: ChannelContext = {
  peerId,
  fundingOutpoint,
  capacitySat: 1_000_000n,
  opener: 'local',
};
const sideOf = (number: number): Side => (number % 2 === 0 ? 'local' : 'remote');
const txidOf = (number: number) => Txid((number + 1).toString(16).padStart(64, '0'));

class History {
  readonly events: ChannelEvent[] = [];
  #state: ChannelState = newChannel;
  #htlcs: HtlcPlan[] = [];
  readonly #nextId = { offered: 0, received: 0 };
  readonly #number = { local: 0, remote: 0 };
  #timestamp = 0;

  /** Takes in what `decide` accepts of a fact; false where it accepts nothing. */
  see(fact: ChannelFact): boolean {
    const decision = decide(this.#state, { channelId, context, fact });
    if (decision.kind !== 'events') return false;
    this.#state = decision.state;
    this.events.push(...decision.events.map(withoutSecret));
    return true;
  }

  take({ kind, number }: Step): void {
    if (kind < 16) this.#addHtlc(number);
    else if (kind < 20) this.#endHtlc(number);
    else if (kind < 32) this.#commit(sideOf(kind), number);
    else if (kind < 34) this.#revoke(sideOf(kind));
    else if (kind === 34) this.#policy(number);
    else this.#rare(number);
  }

  #addHtlc(number: number): void {
    const direction = number % 2 === 0 ? 'offered' : 'received';
    const { localBalanceMsat = 0n, remoteBalanceMsat = 0n } =
      activeFunding(this.#state)?.local ?? {};
    const pending = this.#htlcs.filter((htlc) => htlc.direction === direction);
    const payerMsat = direction === 'offered' ? localBalanceMsat : remoteBalanceMsat;
    if (pending.length >= 6 || payerMsat < 1000n) return;
    const amountMsat = 1n + (BigInt(number) * payerMsat) / 20_000_000n;
    const isForward = direction === 'offered' && number % 3 === 0;
    const forwardOf = { channelId, htlcId: number, amountMsat: amountMsat + 1000n };
    this.#htlcs.push({
      id: this.#nextId[direction]++,
      direction,
      amountMsat,
      cltvExpiry: 500 + (number % 100),
      ...(isForward && { forwardOf }),
      on: new Set(),
    });
  }

  #endHtlc(number: number): void {
    const held = this.#htlcs.filter((htlc) => htlc.on.size === 2 && htlc.outcome === undefined);
    const htlc = held[number % Math.max(held.length, 1)];
    if (htlc !== undefined) htlc.outcome = number % 4 === 0 ? 'failed' : 'settled';
  }

  /** Now and then a commitment is missed, so that a gap comes before the next. */
  #commit(side: Side, number: number): void {
    this.#number[side] += number % 23 === 0 ? 2 : 1;
    const fundings = this.#state.fundings.map(({ outpoint }) => outpoint);
    const wanted = this.#htlcs.filter((htlc) => htlc.outcome === undefined);
    const removed = this.#htlcs.flatMap(({ id, direction, outcome }) =>
      outcome === undefined ? [] : [{ id, direction, outcome }],
    );
    const htlcs = wanted.map(({ on: _, outcome: __, ...htlc }) => htlc);
    for (const outpoint of fundings.length === 0 ? [fundingOutpoint] : fundings) {
      const data = { side, number: this.#number[side], fundingOutpoint: outpoint, htlcs, removed };
      this.see({ type: 'CommitmentSeen', data: { ...data, feeratePerKw: 253 } });
    }
    for (const htlc of this.#htlcs) {
      if (htlc.outcome === undefined) htlc.on.add(side);
      else htlc.on.delete(side);
    }
    this.#htlcs = this.#htlcs.filter((htlc) => htlc.outcome === undefined || htlc.on.size > 0);
  }

  #revoke(side: Side): void {
    const number = this.#number[side] - 1;
    if (number >= 0) this.see({ type: 'CommitmentRevoked', data: { side, number } });
  }

  #policy(number: number): void {
    this.#timestamp += 1 + (number % 10);
    const data = {
      side: sideOf(number),
      feeBaseMsat: BigInt(number % 5000),
      feeProportionalMillionths: number % 1000,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      isDisabled: number % 7 === 0,
      timestamp: this.#timestamp,
    };
    this.see({ type: 'FeePolicyChanged', data });
  }

  #rare(number: number): void {
    const all = rareFacts(this.#state, number);
    const fact = all[number % all.length];
    if (fact !== undefined) this.see(fact);
  }
}

function withoutSecret({ type, data }: ChannelDraft): ChannelEvent {
  // An event is its draft without the secret; the compiler cannot pair the two unions.
  return { type, data } as ChannelEvent;
}

/** What happens a few times in a channel's life. */
function rareFacts(state: ChannelState, number: number): readonly ChannelFact[] {
  const active = activeFunding(state);
  const outpoint = active?.outpoint ?? fundingOutpoint;
  const shortChannelId = ShortChannelId(`${600_000 + (number % 10)}x1x0`);
  const height = 600_000 + (number % 10);
  return [
    {
      type: 'FundingConfirmed',
      data: { fundingOutpoint: outpoint, height, blockHash, shortChannelId },
    },
    { type: 'FundingUnconfirmed', data: { fundingOutpoint: outpoint, height, blockHash } },
    { type: 'ChannelReady', data: { fundingOutpoint: outpoint, localAlias: shortChannelId } },
    { type: 'ChannelAnnounced', data: { shortChannelId, raw: '00' } },
    { type: 'ShutdownStarted', data: { by: sideOf(number >> 4) } },
    { type: 'CloseStarted', data: { by: 'local', reason: 'holder-force-closed' } },
    {
      type: 'TransactionBroadcast',
      data: { txid: txidOf(number % 50), purpose: 'unknown', by: 'local' },
    },
    { type: 'RecordingGap', data: { what: 'recorder-off', why: 'the recorder was off' } },
    {
      type: 'BalanceSeen',
      data: {
        localBalanceMsat: BigInt(number),
        remoteBalanceMsat: 0n,
        precision: 'sat',
        htlcs: [],
        totals: { sentMsat: BigInt(number) },
      },
    },
    ...fundingFacts(state, number),
    ...(number % 3 === 0 ? closingFacts(state, number) : []),
  ];
}

function fundingFacts(state: ChannelState, number: number): readonly ChannelFact[] {
  const active = activeFunding(state);
  const local = active?.local;
  if (active === undefined || local === undefined) return [];
  const addedSat = BigInt(number % 1000);
  const candidate = state.fundings[1];
  const capacitySat = active.capacitySat + addedSat;
  const fundingOutpointNew = outpointOf(txidOf(1000 + (number % 1000)), 0);
  const balances = {
    localBalanceMsat: local.localBalanceMsat + addedSat * 1000n,
    remoteBalanceMsat: local.remoteBalanceMsat,
  };
  const added: ChannelFact = {
    type: 'FundingCandidateAdded',
    data: { fundingOutpoint: fundingOutpointNew, kind: 'splice', capacitySat, ...balances },
  };
  if (candidate?.local === undefined) return [added];
  const { outpoint: fundingOutpoint } = candidate;
  const { localBalanceMsat, remoteBalanceMsat } = candidate.local;
  return [
    added,
    { type: 'FundingCandidateDropped', data: { fundingOutpoint } },
    {
      type: 'FundingReplaced',
      data: {
        fundingOutpoint,
        previousOutpoint: active.outpoint,
        capacitySat: candidate.capacitySat,
        localBalanceMsat,
        remoteBalanceMsat,
      },
    },
  ];
}

function closingFacts(state: ChannelState, number: number): readonly ChannelFact[] {
  const capacitySat = activeFunding(state)?.capacitySat ?? 0n;
  const closingTxid = txidOf(5000);
  const closed: ChannelFact = {
    type: 'ChannelClosed',
    data: {
      closingTxid,
      height: 610_000,
      blockHash,
      kind: 'local-force',
      initiator: 'local',
      outputs: [
        { index: 0, valueSat: capacitySat - 500n, what: 'to-local' },
        { index: 1, valueSat: 300n, what: 'htlc-offered', htlcId: 0 },
      ],
      feeSat: 200n,
    },
  };
  if (state.phase !== 'closed') return capacitySat < 1000n ? [] : [closed];
  const outpoint = Outpoint(`${closingTxid}:1`);
  const sweepTxid = txidOf(6000);
  return [
    { type: 'CloseUnconfirmed', data: { closingTxid, height: 610_000, blockHash } },
    {
      type: 'OutputResolved',
      data: {
        outpoint,
        what: 'htlc-offered',
        stage: 'last',
        outcome: 'timed-out',
        amountSat: 300n,
        sweptSat: 250n,
        feeSat: 50n,
        sweepTxid,
        height: 610_000 + (number % 100),
      },
    },
    { type: 'OutputUnconfirmed', data: { outpoint, sweepTxid, height: 610_000, blockHash } },
    { type: 'ChannelFullyResolved', data: { height: 610_200 } },
    { type: 'ChannelPurged', data: {} },
  ];
}
