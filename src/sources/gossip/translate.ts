/**
 * Records of a gossip_store as observations: what was announced, with the capacity that follows it, and
 * each direction's policies. Every signature is held against its key, many at a time.
 */
import type { GossipDraft } from '../../gossip/events.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import { chainOfHash, knownChains } from '../../lightning/chain-hash.ts';
import {
  CHANNEL_ANNOUNCEMENT,
  CHANNEL_UPDATE,
  type ChannelUpdate,
  NODE_ANNOUNCEMENT,
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseNodeAnnouncement,
} from '../../lightning/gossip.ts';
import {
  isSignedByNodeAside,
  verifyChannelAnnouncementAside,
} from '../../lightning/gossip-signatures.ts';
import type { NodeId, ShortChannelId } from '../../lightning/ids.ts';
import type { GossipObservation } from '../../observation/observation.ts';
import { AskedError, ImportError } from '../importer.ts';
import { statedPolicy } from '../stated-policy.ts';
import type { Tally } from '../tally.ts';
import {
  announcementChecking,
  type Checking,
  nodeChecking,
  updateChecking,
  updateNotCheckable,
} from './checking.ts';
import type { StoreRecord } from './store-records.ts';
import { UNREAD } from './unread-records.ts';

export const GOSSIP_SOURCE = 'gossip';

const CHANNEL_AMOUNT = 4101;
const AMOUNT = 'channel_amount';
const AMOUNT_BYTES = 10;

/** Whose keys updates are held to: four times the channels that the network has. */
const MOST_REMEMBERED = 200_000;
const NS_PER_SECOND = 1_000_000_000n;

export interface GossipTold {
  readonly nodeId: NodeId;
  /** Held against what the messages say, and taken where they name a chain that nobody knows. */
  readonly chain: string | undefined;
  readonly nowNs: () => bigint;
  readonly tally: Tally;
}

type Announced = GossipObservation & {
  readonly fact: Extract<GossipDraft, { readonly type: 'PublicChannelAnnounced' }>;
};

/** What a record says, and what comes of its check. */
export interface Told {
  /** The records that it was read from, as the tally names them. */
  readonly kinds: readonly string[];
  /** Undefined where only its signature matters. */
  readonly observation?: GossipObservation;
  readonly checking: Promise<Checking>;
}

interface Signers {
  readonly nodeIds: readonly [NodeId, NodeId];
  /** Whether they signed it themselves: otherwise nobody knows whose channel it is. */
  readonly areKnown: Promise<boolean>;
}

export class GossipTranslator {
  readonly #told: GossipTold;
  readonly #signers = new Map<ShortChannelId, Signers>();
  /** An announcement waits for the record behind it, which has its capacity. */
  #waiting: (Told & { readonly announced: Announced }) | undefined;

  constructor(told: GossipTold) {
    this.#told = told;
  }

  /** Throws an ImportError for a message of another chain than was said. */
  take(record: StoreRecord, place: string): readonly Told[] {
    const { tally } = this.#told;
    if (!record.isSound) return this.#bad(place, 'its checksum is wrong');
    if (record.unknownFlags !== 0) {
      const flags = record.unknownFlags.toString(16).padStart(4, '0');
      tally.unread(`record with flags ${flags}`, 'no known version gives them a meaning');
      return this.#flush();
    }
    if (!record.isComplete) {
      tally.unread('incomplete record', 'its node had not finished writing it');
      return this.#flush();
    }
    if (record.type === CHANNEL_AMOUNT) return this.#amount(record, place);
    const before = this.#flush();
    const told = this.#message(record, place);
    return told === undefined ? before : [...before, told];
  }

  /** Counts what was read and is told now: many are read ahead of it, and of those nothing is kept yet. */
  count({ kinds, observation }: Told, { outcomes, badSignature, badRecord }: Checking): void {
    const { tally } = this.#told;
    for (const kind of kinds) tally.read(kind);
    for (const [what, outcome, count] of outcomes) {
      const isNamed = outcome === 'bad' && badSignature !== undefined;
      if (isNamed) tally.wrong(what, observation?.evidence ?? what, badSignature, count);
      else tally.checked(what, outcome, count);
    }
    if (badRecord !== undefined) tally.bad(...badRecord);
  }

  /** An announcement that nothing stands behind: told now, it would be known without its capacity for ever. */
  drop(why?: string): void {
    const [waiting] = this.#flush();
    if (waiting && why) this.#told.tally.unread('channel_announcement at the end', why);
  }

  /** What waits for its capacity, which does not come. */
  #flush(): readonly Told[] {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting === undefined ? [] : [waiting];
  }

  #message(record: StoreRecord, place: string): Told | undefined {
    try {
      switch (record.type) {
        case CHANNEL_ANNOUNCEMENT:
          this.#announcement(record);
          return undefined;
        case CHANNEL_UPDATE:
          return this.#update(record);
        case NODE_ANNOUNCEMENT:
          return this.#nodeAnnouncement(record, place);
        default:
          this.#unread(record.type);
          return undefined;
      }
    } catch (cause) {
      if (cause instanceof ImportError) throw new AskedError(`${place} ${cause.message}`);
      // The parsers throw on bytes that are no such message, and name the field.
      this.#told.tally.bad(place, cause instanceof Error ? cause.message : String(cause));
      return undefined;
    }
  }

  #amount({ message }: StoreRecord, place: string): readonly Told[] {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (message.length !== AMOUNT_BYTES) {
      this.#told.tally.bad(place, 'it has no amount of 8 bytes');
      return waiting === undefined ? [] : [waiting];
    }
    if (waiting === undefined) {
      this.#told.tally.read(AMOUNT);
      return [];
    }
    const kinds = [...waiting.kinds, AMOUNT];
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const capacitySat = view.getBigUint64(2);
    const { announced, checking } = waiting;
    const { fact } = announced;
    const data = { ...fact.data, capacitySat };
    return [{ kinds, observation: { ...announced, fact: { ...fact, data } }, checking }];
  }

  #announcement(record: StoreRecord): void {
    const { message, timestamp } = record;
    const parsed = parseChannelAnnouncement(message);
    const { shortChannelId, nodeId1, nodeId2 } = parsed;
    const chain = this.#chainOf(parsed.chainHash);
    const verifying = verifyChannelAnnouncementAside(message);
    this.#remember(shortChannelId, {
      nodeIds: [nodeId1, nodeId2],
      areKnown: verifying.then(({ isValid }) => isValid),
    });
    const checking = verifying.then(({ bad }) => announcementChecking(bad));
    const announced: Announced = {
      ...this.#header(record, chain, `announced/${shortChannelId}`, 'channel_announcement'),
      // BOLT 7 gives it the time of an update that came with it or after it, and it has none itself.
      ...this.#timeOf(timestamp, timestamp === 0 ? 'recorded' : 'interpolated'),
      about: 'gossip',
      shortChannelId,
      fact: {
        type: 'PublicChannelAnnounced',
        data: { shortChannelId, nodeId1, nodeId2, raw: bytesToHex(message) },
      },
    };
    const kinds = [kindOf('channel_announcement', record)];
    this.#waiting = { kinds, announced, observation: announced, checking };
  }

  #update(record: StoreRecord): Told {
    const { message } = record;
    const update = parseChannelUpdate(message);
    const { shortChannelId, direction, timestamp } = update;
    const chain = this.#chainOf(update.chainHash);
    const raw = bytesToHex(message);
    const key = `policy/${shortChannelId}/${direction}/${timestamp}`;
    const observation: GossipObservation = {
      ...this.#header(record, chain, key, 'channel_update'),
      ...this.#timeOf(timestamp, 'source'),
      about: 'gossip',
      shortChannelId,
      fact: {
        type: 'PublicFeePolicyChanged',
        data: { shortChannelId, direction, ...statedPolicy(update), raw },
      },
    };
    const kinds = [kindOf('channel_update', record)];
    return { kinds, observation, checking: this.#checkSigner(message, update) };
  }

  /** An update does not say who signed it: its channel's announcement does. */
  async #checkSigner(
    message: Uint8Array,
    { shortChannelId, direction, signature }: ChannelUpdate,
  ): Promise<Checking> {
    const signers = this.#signers.get(shortChannelId);
    if (signers === undefined || !(await signers.areKnown)) {
      return updateNotCheckable;
    }
    const signer = signers.nodeIds[direction];
    const isValid = await isSignedByNodeAside(message, signature, signer);
    return updateChecking(isValid, signer);
  }

  /** Names of nodes are of no channel: they are checked and counted. */
  #nodeAnnouncement(record: StoreRecord, place: string): Told {
    const { signature, nodeId } = parseNodeAnnouncement(record.message);
    const verifying = isSignedByNodeAside(record.message, signature, nodeId);
    const checking = verifying.then((isValid) => nodeChecking(isValid, place));
    return { kinds: [kindOf('node_announcement', record)], checking };
  }

  #remember(shortChannelId: ShortChannelId, signers: Signers): void {
    this.#signers.delete(shortChannelId);
    this.#signers.set(shortChannelId, signers);
    if (this.#signers.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#signers.keys();
    if (oldest !== undefined) this.#signers.delete(oldest);
  }

  #chainOf(chainHash: string): string {
    const named = chainOfHash(chainHash);
    const { chain: said } = this.#told;
    if (named !== undefined && said !== undefined && named !== said) {
      throw new AskedError(`is of ${named}, and --chain says ${said}: leave --chain out`);
    }
    if (named !== undefined) return named;
    throw new AskedError(
      `is of a chain that is none of ${knownChains.join(', ')} (chain_hash ${chainHash}): give the store of another node`,
    );
  }

  #header(record: StoreRecord, chain: string, key: string, kind: string) {
    const { nodeId } = this.#told;
    const evidence = `gossip_store ${kind} at byte ${record.byte}`;
    return { chain, nodeId, source: GOSSIP_SOURCE, evidence, key };
  }

  /** A timestamp is its signer's choice: one of the future stays in the data alone. */
  #timeOf(timestamp: number, basis: 'source' | 'interpolated' | 'recorded') {
    const recordedAtNs = this.#told.nowNs();
    const statedNs = BigInt(timestamp) * NS_PER_SECOND;
    if (basis === 'recorded') {
      return { happenedAtNs: recordedAtNs, recordedAtNs, timeBasis: basis };
    }
    const happenedAtNs = statedNs < recordedAtNs ? statedNs : recordedAtNs;
    const notAfterNs = basis === 'interpolated' ? { notAfterNs: happenedAtNs } : {};
    return { happenedAtNs, recordedAtNs, timeBasis: basis, ...notAfterNs };
  }

  #unread(type: number): void {
    const [kind, why] = UNREAD.get(type) ?? [`record of type ${type}`, 'no known version has it'];
    this.#told.tally.unread(kind, why);
  }

  #bad(place: string, reason: string): readonly Told[] {
    this.#told.tally.bad(place, reason);
    return this.#flush();
  }
}

function kindOf(kind: string, { isDeleted }: StoreRecord): string {
  return isDeleted ? `${kind}, marked deleted` : kind;
}
