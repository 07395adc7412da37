/** Everything a node's database says of one channel, in the order in which it happened. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { ChannelFact } from '../../channel/observations.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import { type ChannelId, splitShortChannelId } from '../../lightning/ids.ts';
import type { ChannelObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import {
  blockHash,
  feeOf,
  fundingTransaction,
  type KeptSpend,
  reasonOf,
  spendHeight,
} from './chain-tables.ts';
import { CHANNEL_STATE, type ChannelRecord } from './channel-record.ts';
import { closeBy, settledBy } from './closing.ts';
import {
  balancesOf,
  htlcsOf,
  keptTransactionOf,
  localCommitment,
  type PendingHtlc,
  remoteCommitment,
} from './commitments.ts';
import type { ForeignDatabase } from './database.ts';
import { deducedOutcomes, gap, htlcAdded, htlcEnded, htlcRecords } from './htlc-facts.ts';
import { HtlcClock, type HtlcRecord } from './htlcs.ts';
import { type RevealedSecret, revealedSecrets } from './secrets.ts';
import {
  causedBy,
  changeRows,
  milestones,
  readyChange,
  type StateChange,
  stateChange,
} from './state-changes.ts';
import { after, type Heard, type Placed, statedAt, type Teller } from './teller.ts';
import { Timeline } from './timeline.ts';

export interface NodeRecords {
  readonly database: ForeignDatabase;
  readonly teller: Teller;
  readonly tally: Tally;
  readonly spends: ReadonlyMap<string, KeptSpend>;
  readonly channelOf: (dbid: bigint) => ChannelId | undefined;
  /** Before this nothing is timed: older facts are placed at it. */
  readonly earliestNs: bigint;
}

const HTLCS_DELETED =
  'Core Lightning deletes the HTLCs of a closed channel: what was paid is in its totals alone';
const SECRETS_DELETED = 'Core Lightning deleted what the peer had revealed of the closed channel';

export class ChannelStory {
  readonly #records: NodeRecords;
  readonly #channel: ChannelRecord;
  readonly #changes: readonly StateChange[];
  readonly #secrets: readonly RevealedSecret[];
  readonly #timeline = new Timeline();
  readonly #pending: PendingHtlc[] = [];
  /** Gone from one commitment alone. */
  readonly #leaving: HtlcRecord[] = [];
  readonly #startNs: bigint;
  readonly #spentAt: Placed | undefined;
  #lastNs: bigint;
  #htlcCount = 0;

  constructor(records: NodeRecords, channel: ChannelRecord) {
    this.#records = records;
    this.#channel = channel;
    this.#changes = this.#readChanges();
    this.#secrets = revealedSecrets(records.database, channel, records.tally);
    const ready = readyChange(this.#changes) ?? this.#changes[0];
    this.#startNs = ready?.atNs ?? records.earliestNs;
    this.#lastNs = this.#startNs;
    const seen = this.#changes.find(({ to }) => to === CHANNEL_STATE.spendSeen);
    this.#spentAt = seen && statedAt(seen.atNs);
  }

  *observations(): Generator<ChannelObservation> {
    this.#addFunding();
    for (const { fact, placed } of milestones(this.#channel, this.#changes)) {
      this.#timeline.add(this.#told(fact, placed));
    }
    yield* this.#htlcs();
    yield* this.#timeline.until(undefined);
    yield* this.#state();
    yield* this.#close();
  }

  #addFunding(): void {
    const { outpoint: fundingOutpoint, shortChannelId } = this.#channel;
    const { database } = this.#records;
    if (shortChannelId === undefined) return;
    const height = splitShortChannelId(shortChannelId).blockHeight;
    const hash = blockHash(database, height);
    if (hash === undefined) return;
    const atNs = this.#startNs;
    const before = { atNs, isStated: false, notAfterNs: atNs };
    const funding = fundingTransaction(database, this.#channel);
    const feeSat = funding && feeOf(database, funding.transaction);
    const named = { fundingOutpoint, height, blockHash: hash, shortChannelId };
    const data = { ...named, ...(feeSat !== undefined && { feeSat }) };
    this.#timeline.add(this.#told({ type: 'FundingConfirmed', data }, before, '', height));
  }

  *#htlcs(): Generator<ChannelObservation> {
    const deduced = deducedOutcomes(this.#records, this.#channel);
    const clock = new HtlcClock(this.#startNs);
    for (const told of htlcRecords(this.#records, this.#channel, this.#records.tally)) {
      const untold = told.outcome === undefined && told.phase.isFinal;
      const guess = untold ? deduced[told.direction] : undefined;
      const htlc = guess === undefined ? told : { ...told, outcome: guess };
      this.#htlcCount++;
      if (!htlc.phase.isFinal) this.#pending.push(htlc);
      const isInBoth = htlc.phase.isInLocal && htlc.phase.isInRemote;
      // One that is on its way into the second commitment is told by the first.
      if (!isInBoth && !htlc.phase.isRemoving) continue;
      const added = this.#within(clock.added(htlc));
      yield* this.#timeline.until(added.atNs);
      yield this.#told(htlcAdded(htlc), added, `channel_htlcs/${htlc.rowId}`);
      if (isInBoth) continue;
      if (!htlc.phase.isFinal) {
        this.#leaving.push(htlc);
        continue;
      }
      const ended = this.#within(clock.ended(htlc, added));
      const fact = htlcEnded(htlc, guess !== undefined);
      this.#timeline.add(this.#told(fact, ended, `channel_htlcs/${htlc.rowId} end`));
    }
  }

  /** The state the record ends with: what it does not hold of the past is a gap before it. */
  *#state(): Generator<ChannelObservation> {
    const channel = this.#channel;
    const { database } = this.#records;
    const at = after(this.#lastNs);
    const isClosed = channel.state === CHANNEL_STATE.closed;
    const isWhole = !this.#isDeleted();
    if (!isWhole) yield this.#told(gap({ what: 'htlcs', why: HTLCS_DELETED }), at);
    for (const side of ['local', 'remote'] as const) {
      const number = side === 'local' ? channel.localNumber : channel.remoteNumber;
      if (number === 0) continue;
      const why = `Core Lightning keeps the newest commitment alone: ${side} ones before ${number} are lost`;
      yield this.#told(gap({ what: 'commitments', side, firstKnown: number, why }), at);
    }
    // One commitment may still hold it, so it ends among those that are told now.
    for (const htlc of this.#leaving) {
      const place = `channel_htlcs/${htlc.rowId} end`;
      yield this.#told(htlcEnded(htlc, false), at, place);
    }
    if (isClosed && this.#secrets.length === 0 && channel.remoteNumber > 0) {
      const lost = { what: 'revocations', side: 'remote', why: SECRETS_DELETED } as const;
      yield this.#told(gap({ ...lost, firstKnown: channel.remoteNumber }), at);
    }
    for (const { number, secret } of this.#secrets) {
      const data = { side: 'remote', number } as const;
      yield this.#told({ type: 'CommitmentRevoked', data, secret: { secret } }, at);
    }
    // With HTLCs that are deleted nobody can say what the commitments held.
    if (isWhole || this.#isCooperative()) {
      const local = localCommitment(database, channel, this.#pending);
      yield this.#told({ type: 'CommitmentSeen', data: local }, at);
      const lastRevoked = this.#secrets.at(-1)?.number;
      const remote = remoteCommitment(database, channel, this.#pending, lastRevoked);
      yield this.#told({ type: 'CommitmentSeen', data: remote }, at);
      yield this.#balance(at);
    }
    yield* this.#transactions(at);
  }

  #balance(at: Placed): ChannelObservation {
    const { dbid, ourMsat, openingMsat, sent, received, localNumber, remoteNumber } = this.#channel;
    // One that is being removed is in the totals from its preimage on, and still in the balance.
    const isEnding = this.#pending.some(({ phase }) => phase.isRemoving);
    const isOpeningOfUse = openingMsat !== undefined && !isEnding;
    const data = {
      ...balancesOf(this.#channel, this.#pending, 'local'),
      precision: 'msat',
      htlcs: htlcsOf(this.#pending, 'local'),
      totals: {
        sentMsat: sent.msat,
        receivedMsat: received.msat,
        ...(isOpeningOfUse && { openingLocalMsat: openingMsat }),
      },
    } as const;
    const key = [localNumber, remoteNumber, ourMsat, sent.msat, received.msat].join('/');
    return this.#told({ type: 'BalanceSeen', data }, at, `channels/${dbid} balance ${key}`);
  }

  *#transactions(at: Placed): Generator<ChannelObservation> {
    const channel = this.#channel;
    const { database, spends } = this.#records;
    const { outpoint: fundingOutpoint } = channel;
    const kept = keptTransactionOf(channel);
    if (kept !== undefined) {
      const { data, raw } = kept;
      yield this.#told({ type: 'TransactionKept', data, secret: { raw } }, at);
    }
    const funding = fundingTransaction(database, channel);
    if (funding !== undefined) {
      const txid = fundingOutpoint.slice(0, 64) as ChannelEventData<'TransactionKept'>['txid'];
      const data = { txid, purpose: 'funding', fundingOutpoint } as const;
      yield this.#told({ type: 'TransactionKept', data, secret: { raw: funding.raw } }, at);
    }
    const spend = spends.get(fundingOutpoint);
    if (spend === undefined || spend.transaction.txid === kept?.data.txid) return;
    const { kind } = closeBy(channel, spend.transaction, undefined);
    const purpose = kind === 'cooperative' ? 'cooperative-close' : 'commitment';
    const data = { txid: spend.transaction.txid, purpose, fundingOutpoint } as const;
    yield this.#told({ type: 'TransactionKept', data, secret: { raw: spend.raw } }, at);
  }

  *#close(): Generator<ChannelObservation> {
    const channel = this.#channel;
    const { database, spends } = this.#records;
    const { state, outpoint: fundingOutpoint, closer } = channel;
    if (state < CHANNEL_STATE.spendSeen || state > CHANNEL_STATE.closed) return;
    const spend = spends.get(fundingOutpoint);
    const height = spend?.height ?? spendHeight(database, fundingOutpoint);
    const hash = height === undefined ? undefined : blockHash(database, height);
    const begun = this.#changes.find(({ to }) => to >= CHANNEL_STATE.shuttingDown);
    const close =
      spend === undefined
        ? { kind: 'unknown' as const, outputs: [] }
        : closeBy(channel, spend.transaction, this.#secrets.at(-1)?.number);
    const settledBalanceSat = close.kind === 'cooperative' ? settledBy(close.outputs) : undefined;
    const data: ChannelEventData<'ChannelClosed'> = {
      fundingOutpoint,
      ...close,
      ...(height !== undefined && { height }),
      ...(hash !== undefined && { blockHash: hash }),
      initiator: closer ?? (begun === undefined ? 'unknown' : causedBy(begun.cause)),
      ...(settledBalanceSat !== undefined && { settledBalanceSat }),
      ...(close.kind === 'cooperative' && { timeLockedBalanceSat: 0n }),
      // What `listclosedchannels` calls final_to_us_msat.
      ...(state === CHANNEL_STATE.closed && { finalLocalBalanceMsat: channel.ourMsat }),
    };
    const scripts = spend?.transaction.outputs.map(({ script }) => bytesToHex(script));
    const secret = scripts === undefined ? {} : { secret: { scripts } };
    const at = this.#spentAt ?? after(this.#lastNs);
    yield this.#told({ type: 'ChannelClosed', data, ...secret }, at, '', height);
    if (state !== CHANNEL_STATE.closed) return;
    const last = this.#changes.at(-1);
    const isTold = last?.to === CHANNEL_STATE.closed && last.atNs > at.atNs;
    const resolvedAt = after(last !== undefined && last.atNs > at.atNs ? last.atNs : at.atNs);
    const resolved = isTold ? {} : { isTimeUntold: true };
    yield this.#told({ type: 'ChannelFullyResolved', data: resolved }, resolvedAt);
  }

  /** HTLCs are told up to the spend; what ends on chain later is told by the chain. */
  #within(placed: Placed): Placed {
    const endNs = this.#spentAt?.atNs;
    return endNs === undefined || placed.atNs <= endNs ? placed : after(endNs);
  }

  #told(fact: ChannelFact, placed: Placed, place = '', blockHeight?: number): ChannelObservation {
    if (placed.atNs > this.#lastNs && fact.type !== 'ChannelClosed') this.#lastNs = placed.atNs;
    const heard: Heard = {
      place: place === '' ? `channels/${this.#channel.dbid}` : place,
      placed,
      blockHeight,
    };
    return this.#records.teller.channel(this.#channel, fact, heard);
  }

  #isDeleted(): boolean {
    const { state, nextOfferedId = 0, sent, received } = this.#channel;
    if (state !== CHANNEL_STATE.closed || this.#htlcCount > 0) return false;
    return nextOfferedId > 0 || sent.count + received.count > 0;
  }

  #isCooperative(): boolean {
    const spend = this.#records.spends.get(this.#channel.outpoint);
    return (
      spend !== undefined &&
      closeBy(this.#channel, spend.transaction, undefined).kind === 'cooperative'
    );
  }

  #readChanges(): readonly StateChange[] {
    const { database, teller, tally } = this.#records;
    const changes: StateChange[] = [];
    for (const row of changeRows(database, this.#channel.dbid)) {
      try {
        changes.push(stateChange(row, teller));
        tally.read('channel_state_changes');
      } catch (cause) {
        const place = `${database.file} channel_state_changes of channel ${this.#channel.dbid}`;
        tally.bad(place, reasonOf(cause));
      }
    }
    return changes;
  }
}
