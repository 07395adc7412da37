/**
 * BOLT 7's signed messages kept in events: every signature is verified, and what the event says is
 * compared with what was signed.
 */
import { hexToBytes } from '../../lightning/bytes.ts';
import {
  type ChannelUpdate,
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseNodeAnnouncement,
} from '../../lightning/gossip.ts';
import {
  verifyChannelAnnouncement,
  verifyChannelUpdate,
  verifyNodeAnnouncement,
} from '../../lightning/gossip-signatures.ts';
import type { NodeId } from '../../lightning/ids.ts';
import type { LedgerFact } from '../stored-event.ts';
import type { Findings, Place } from './report.ts';

export const signatureRules = ['gossip-signatures', 'event-says-what-was-signed'] as const;
const [SIGNED, SAYS] = signatureRules;

/** Whose keys the messages of one stream are held to. */
export interface Signers {
  readonly local: NodeId | undefined;
  /** The peer of a channel or of a peer stream. */
  readonly remote: NodeId | undefined;
}

export class StreamSignatures {
  readonly #findings: Findings;
  /** By direction, from a public channel's announcement. */
  #announced: readonly [NodeId, NodeId] | undefined;
  /** An update may have an earlier time than the announcement, whose time nobody signed. */
  #early: { readonly data: UpdateData; readonly place: Place }[] = [];

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  take(fact: LedgerFact, signers: Signers, place: Place): void {
    switch (fact.type) {
      case 'PublicChannelAnnounced':
        this.#announced = [fact.data.nodeId1, fact.data.nodeId2];
        this.#read(place, () => this.#takeAnnouncement(fact.data, place));
        this.finish();
        return;
      case 'ChannelAnnounced':
        this.#read(place, () => this.#takeAnnouncement(fact.data, place));
        return;
      case 'PublicFeePolicyChanged': {
        if (this.#announced === undefined) this.#early.push({ data: fact.data, place });
        else this.#takePublic(fact.data, place);
        return;
      }
      case 'FeePolicyChanged': {
        const { raw, side } = fact.data;
        const signer = signers[side];
        if (raw === undefined) this.#findings.notCheckable(SIGNED, UNSIGNED);
        else {
          const update = { ...fact.data, raw };
          this.#read(place, () => this.#takeUpdate(update, signer ?? NO_PEER, place));
        }
        return;
      }
      case 'PeerRenamed': {
        const { raw, alias } = fact.data;
        if (raw === undefined) this.#findings.notCheckable(SIGNED, UNSIGNED);
        else this.#read(place, () => this.#takeNode(raw, alias, signers.remote, place));
        return;
      }
      default:
        return;
    }
  }

  /** What waited for an announcement: none comes any more. */
  finish(): void {
    for (const { data, place } of this.#early) this.#takePublic(data, place);
    this.#early = [];
  }

  #takePublic(data: UpdateData, place: Place): void {
    const signer = this.#announced?.[data.direction === 0 ? 0 : 1];
    const whyNot = 'the announcement with the key was not recorded';
    this.#read(place, () => this.#takeUpdate(data, signer ?? whyNot, place));
  }

  #takeAnnouncement(data: AnnouncementData, place: Place): void {
    const raw = hexToBytes(data.raw, 'raw');
    const { bad } = verifyChannelAnnouncement(raw);
    this.#findings.kept(SIGNED, 4 - bad.length);
    for (const name of bad) this.#findings.broken(SIGNED, place, `${name} is not its key's`);
    const message = parseChannelAnnouncement(raw);
    const { shortChannelId, nodeId1 = message.nodeId1, nodeId2 = message.nodeId2 } = data;
    this.#compare({ shortChannelId, nodeId1, nodeId2 }, message, place);
  }

  #takeUpdate(data: UpdateData, signer: NodeId | WhyNot, place: Place): void {
    const raw = hexToBytes(data.raw, 'raw');
    const update = parseChannelUpdate(raw);
    if (isWhyNot(signer)) this.#findings.notCheckable(SIGNED, signer);
    else {
      const isRight = verifyChannelUpdate(raw, signer);
      this.#findings.judge(SIGNED, place, isRight ? undefined : `not signed by ${signer}`);
    }
    const { shortChannelId, direction } = data;
    const stated = {
      ...(shortChannelId !== undefined && { shortChannelId }),
      ...(direction !== undefined && { direction }),
      timestamp: data.timestamp,
      isDisabled: data.isDisabled,
      cltvExpiryDelta: data.cltvExpiryDeltaBlocks,
      htlcMinimumMsat: data.htlcMinimumMsat,
      htlcMaximumMsat: data.htlcMaximumMsat,
      feeBaseMsat: data.feeBaseMsat,
      feeProportionalMillionths: data.feeProportionalMillionths,
    } satisfies { [K in keyof ChannelUpdate]?: unknown };
    this.#compare(stated, update, place);
  }

  #takeNode(raw: string, alias: string, peerId: NodeId | undefined, place: Place): void {
    const bytes = hexToBytes(raw, 'raw');
    const isRight = verifyNodeAnnouncement(bytes);
    const message = parseNodeAnnouncement(bytes);
    const problem = isRight ? undefined : `not signed by ${message.nodeId}`;
    this.#findings.judge(SIGNED, place, problem);
    this.#compare({ alias, nodeId: peerId ?? message.nodeId }, message, place);
  }

  #compare(stated: object, signed: object, place: Place): void {
    const inMessage = new Map<string, unknown>(Object.entries(signed));
    const other = Object.entries(stated).find(
      ([name, value]) => value !== undefined && inMessage.get(name) !== value,
    );
    const problem = other && `${other[0]} is another one in the signed message`;
    this.#findings.judge(SAYS, place, problem);
  }

  #read(place: Place, check: () => void): void {
    try {
      check();
    } catch (cause) {
      // The parsers throw on bytes that are no such message, and name the field.
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#findings.broken(SIGNED, place, `the message cannot be read: ${reason}`);
    }
  }
}

const UNSIGNED = 'the source told no signed message';
const NO_PEER = 'the peer is not known';

type WhyNot = typeof NO_PEER | 'the announcement with the key was not recorded';
const isWhyNot = (signer: string): signer is WhyNot => signer.includes(' ');

interface AnnouncementData {
  readonly shortChannelId: string;
  readonly raw: string;
  readonly nodeId1?: NodeId;
  readonly nodeId2?: NodeId;
}

interface UpdateData {
  readonly raw: string;
  readonly timestamp: number;
  readonly isDisabled: boolean;
  readonly cltvExpiryDeltaBlocks: number;
  readonly htlcMinimumMsat: bigint;
  readonly htlcMaximumMsat?: bigint;
  readonly feeBaseMsat: bigint;
  readonly feeProportionalMillionths: number;
  readonly shortChannelId?: ChannelUpdate['shortChannelId'];
  readonly direction?: number;
}
