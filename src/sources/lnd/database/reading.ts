/** What a database's buckets say, one channel after another. */
import { bytesToHex } from '../../../lightning/bytes.ts';
import { type ShortChannelId, splitShortChannelId } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { Tally } from '../../tally.ts';
import type { ChannelNames } from '../channel-names.ts';
import {
  atLatest,
  behind,
  fullyResolved,
  type KnownChannel,
  type Moment,
  notAfterNs,
  notBefore,
  type Teller,
  told,
} from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import type { BoltFile } from './bbolt.ts';
import {
  balanceSeen,
  commitmentSeen,
  knownChannel,
  lastRevoked,
  type StoredChannel,
} from './channel-facts.ts';
import { STATUS_BITS } from './channel-record.ts';
import { type CloseSummary, parseCloseSummary } from './close-summary.ts';
import { graphObservations, ownPolicyTimes } from './graph.ts';
import { invoiceObservations } from './invoice-facts.ts';
import { historicalChannel, NOT_READ, openChannels } from './stored-channels.ts';
import { closedChannelOf, type DatabaseSurvey } from './survey.ts';
import { reasonOf, wholeOrBad } from './whole-or-bad.ts';

export interface ReadPorts {
  readonly teller: Teller;
  readonly tally: Tally;
  readonly times: ToldBlocks;
  readonly names: ChannelNames;
}

const CANNOT_TELL = [
  'when a commitment was signed: lnd keeps no time with it, so it stands at the latest time that the database tells',
  'states before the last one: lnd keeps what the peer revealed, and not what was in it',
  'HTLCs that are gone, but for those of paid invoices: lnd keeps them in no form that is read here',
  'what a policy was before: the graph has the newest of each side',
  'forwards that failed, and when a peer was connected: its log tells of some',
  'the time of a block: heights are placed between the times that invoices tell, with their bounds',
] as const;

export class DatabaseReading {
  readonly #file: BoltFile;
  readonly #survey: DatabaseSurvey;
  readonly #ports: ReadPorts;
  /** By the short ids of all channels, for the graph. */
  readonly #known = new Map<ShortChannelId, KnownChannel>();
  /** When the node signed a policy of a channel, which was there by then. */
  readonly #openedBy: ReadonlyMap<ShortChannelId, bigint>;
  /** Channels whose close stands before that: no block dates it. */
  readonly #closedBefore = new Set<ShortChannelId>();

  constructor(file: BoltFile, survey: DatabaseSurvey, ports: ReadPorts) {
    this.#file = file;
    this.#survey = survey;
    this.#ports = ports;
    this.#openedBy = ownPolicyTimes(file, ports.teller.nodeId);
  }

  *observations(): Generator<Observation, void, undefined> {
    const { tally, times } = this.#ports;
    for (const sentence of CANNOT_TELL) tally.cannotTell(sentence);
    for (const channel of openChannels(this.#file, tally)) {
      tally.read('open channels');
      const place = `open-chan-bucket, channel ${channel.info.fundingOutpoint}`;
      yield* wholeOrBad(tally, place, () => this.#openChannel(channel));
    }
    const closed = this.#file.bucket('closed-chan-bucket')?.entries() ?? [];
    for (const { key, value, isBucket } of closed) {
      if (isBucket) continue;
      const place = `closed-chan-bucket, channel ${bytesToHex(key)}`;
      yield* wholeOrBad(tally, place, () => {
        const summary = parseCloseSummary(value);
        tally.read('closed channels');
        return this.#closedChannel(key, summary);
      });
    }
    const own = (id: ShortChannelId) => this.#known.get(id);
    const opened = (id: ShortChannelId, block: Moment) => this.#opened(id, block);
    yield* graphObservations(this.#file, { ...this.#ports, times, own, opened });
    yield* invoiceObservations(this.#file, this.#ports);
    this.#countUnread();
  }

  /** Facts of a channel that is there now stand at the latest time that the copy tells. */
  *#openChannel(channel: StoredChannel): Generator<Observation, void, undefined> {
    const { info } = channel;
    const known = knownChannel(channel);
    this.#remember(known, info.shortChannelId, info.realShortId);
    yield* this.#confirmed(known);
    yield* this.#state(channel, known, this.#taken());
    if ((info.status & STATUS_BITS.cooperativeBroadcast) !== 0n) {
      yield this.#closing(channel, known, 'a cooperative close was broadcast');
    } else if ((info.status & STATUS_BITS.commitmentBroadcast) !== 0n) {
      yield this.#closing(channel, known, 'a commitment was broadcast');
    }
  }

  #taken(): Moment {
    const { latestNs, tipHeight } = this.#survey;
    const { times } = this.#ports;
    return notBefore(latestNs > 0n ? told(latestNs) : times.at(tipHeight ?? 0));
  }

  #remember(known: KnownChannel, ...ids: readonly (ShortChannelId | undefined)[]): void {
    for (const id of ids) if (id !== undefined) this.#known.set(id, known);
  }

  /** When a channel of this block was in it: a policy of ours says by when, whatever the blocks tell. */
  #opened(shortChannelId: ShortChannelId, block: Moment): Moment {
    const openedBy = this.#openedBy.get(shortChannelId);
    const place = this.#closedBefore.has(shortChannelId) ? notAfterNs : atLatest;
    return place(block, openedBy);
  }

  /** Of recent blocks the graph keeps the hash. */
  *#confirmed(known: KnownChannel): Generator<Observation, void, undefined> {
    const { shortChannelId, fundingOutpoint } = known.context;
    if (shortChannelId === undefined || fundingOutpoint === undefined) return;
    const { teller, times } = this.#ports;
    const height = splitShortChannelId(shortChannelId).blockHeight;
    const key = Buffer.alloc(4);
    key.writeUInt32BE(height);
    const hash = this.#file.bucket('graph-meta')?.bucket('prune-log')?.get(key);
    if (hash?.length !== 32) return;
    const blockHash = Buffer.from(hash).reverse().toString('hex');
    const at = this.#opened(shortChannelId, times.at(height));
    const found = { at, evidence: `prune-log ${height}`, key: `block/${height}` };
    const data = { fundingOutpoint, height, blockHash, shortChannelId };
    yield teller.channel(known, found, { type: 'FundingConfirmed', data });
  }

  /** Both last commitments, what the peer revealed last, and the balance to the millisatoshi. */
  *#state(
    channel: StoredChannel,
    known: KnownChannel,
    at: Moment,
  ): Generator<Observation, void, undefined> {
    const { teller, tally } = this.#ports;
    const { info, local, remote } = channel;
    const found = (places: number, key: string) => {
      return { at: behind(at, places), evidence: `channel ${info.fundingOutpoint} ${key}`, key };
    };
    for (const [nth, side] of (['remote', 'local'] as const).entries()) {
      const stored = channel[side];
      if (stored === undefined) continue;
      let seen: ReturnType<typeof commitmentSeen>;
      try {
        seen = commitmentSeen(channel, side, stored);
      } catch (error) {
        tally.bad(`channel ${info.fundingOutpoint}, ${side} commitment`, reasonOf(error));
        continue;
      }
      tally.read('commitments');
      const key = `commitment/${side}/${stored.number}`;
      yield teller.channel(known, found(nth, key), { type: 'CommitmentSeen', data: seen });
    }
    const revoked = lastRevoked(channel);
    if (revoked !== undefined) yield teller.channel(known, found(2, 'revocation-state'), revoked);
    if (local === undefined) return;
    const key = `balance/${local.number}/${remote?.number ?? 0}`;
    const data = balanceSeen(channel, local);
    yield teller.channel(known, found(3, key), { type: 'BalanceSeen', data });
  }

  #closing(channel: StoredChannel, known: KnownChannel, reason: string): Observation {
    const { teller } = this.#ports;
    const { status, fundingOutpoint } = channel.info;
    const at = behind(this.#taken(), 4);
    const found = { at, evidence: `channel ${fundingOutpoint} status`, key: `${at.happenedAtNs}` };
    const by = initiatorOf(status);
    return teller.channel(known, found, { type: 'CloseStarted', data: { by, reason } });
  }

  *#closedChannel(key: Buffer, summary: CloseSummary): Generator<Observation, void, undefined> {
    const { teller, tally, times } = this.#ports;
    const history = historicalChannel(this.#file, key, tally);
    const known = history === undefined ? closedChannelOf(summary) : knownChannel(history);
    this.#remember(known, summary.shortChannelId, history?.info.realShortId);
    const { fundingOutpoint, closingTxid, height, kind, isPending } = summary;
    const at = height === undefined ? this.#taken() : times.at(height);
    this.#standsBefore(at, known);
    yield* this.#confirmed(known);
    // Its last state held until then.
    if (history !== undefined) yield* this.#state(history, known, beforeClose(at));
    const evidence = `closed-chan-bucket ${fundingOutpoint}`;
    const found = (places: number, name: string) => ({
      at: behind(at, places),
      evidence,
      key: name,
    });
    yield teller.channel(known, found(0, 'closed'), {
      type: 'ChannelClosed',
      data: {
        fundingOutpoint,
        ...(closingTxid && { closingTxid }),
        ...(height !== undefined && { height }),
        kind,
        initiator: history === undefined ? 'unknown' : initiatorOf(history.info.status),
        outputs: [],
        settledBalanceSat: summary.settledBalanceSat,
        timeLockedBalanceSat: summary.timeLockedBalanceSat,
      },
    });
    if (isPending) return;
    const resolved = fullyResolved({ kind, height });
    // An end of which no time is told has no place of its own.
    const places = resolved.data.isTimeUntold === true ? 0 : 1;
    yield teller.channel(known, found(places, 'resolved'), resolved);
  }

  #standsBefore(close: Moment, { context: { shortChannelId } }: KnownChannel): void {
    if (shortChannelId === undefined) return;
    const openedBy = this.#openedBy.get(shortChannelId);
    if (openedBy === undefined || close.happenedAtNs > openedBy) return;
    this.#closedBefore.add(shortChannelId);
  }

  #countUnread(): void {
    const { tally } = this.#ports;
    const counted = [
      ['circuit-fwd-log', 'the forwarding log'],
      ['payments-root-bucket', 'payments'],
      ['sent-payments', 'payments of versions before 0.9'],
      ['close-summaries', 'reports of what was claimed on chain'],
    ] as const;
    for (const [name, kind] of counted) {
      const bucket = this.#file.bucket(name);
      if (bucket === undefined) continue;
      let count = bucket.count();
      for (const _ of bucket.buckets()) count++;
      if (count > 0) tally.unread(`${kind} (${name})`, NOT_READ, count);
    }
  }
}

/** How long before nobody tells. So far before the close that the facts of the last state have room. */
const ROOM = 16;

function beforeClose(at: Moment): Moment {
  const { timeBasis, happenedAtNs } = at;
  const before = happenedAtNs - BigInt(ROOM);
  const notAfterNs = timeBasis === 'source' ? happenedAtNs : at.notAfterNs;
  return {
    happenedAtNs: before > 0n ? before : 0n,
    timeBasis: 'interpolated',
    ...(notAfterNs !== undefined && { notAfterNs }),
  };
}

function initiatorOf(status: bigint): 'local' | 'remote' | 'both' | 'unknown' {
  const isLocal = (status & STATUS_BITS.localInitiator) !== 0n;
  const isRemote = (status & STATUS_BITS.remoteInitiator) !== 0n;
  if (isLocal && isRemote) return 'both';
  return isLocal ? 'local' : isRemote ? 'remote' : 'unknown';
}
