/** From open_channel to ChannelOpened: both ends' terms, the funding, commitment 0. */
import type { ChannelFact } from '../../../channel/observations.ts';
import { channelIdOfOutpoint, type NodeId, outpointOf } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { TapRecord } from '../taps.ts';
import type { MessageTerms, WireMessage } from '../wire-messages.ts';
import { ChannelBook, type PendingOpen } from './channel-book.ts';
import type { Told } from './header.ts';

type PersistNew = Extract<TapRecord, { readonly kind: 'persist-new' }>;

/** Opens that are negotiated, by temporary channel id; then by the channel's own. */
export class Openings {
  readonly #pending = new Map<string, PendingOpen>();

  /** Takes what a message says of a channel that is being opened. */
  message(peer: NodeId, message: WireMessage, isOurs: boolean): void {
    switch (message.type) {
      case 'open_channel': {
        const opener = isOurs ? 'local' : 'remote';
        this.#pending.set(message.temporaryChannelId, { opener, peer, open: message });
        return;
      }
      case 'accept_channel': {
        const pending = this.#pending.get(message.temporaryChannelId);
        if (pending !== undefined) pending.accept = message;
        return;
      }
      case 'funding_created': {
        const pending = this.#pending.get(message.temporaryChannelId);
        if (pending === undefined) return;
        pending.fundingOutpoint = outpointOf(message.fundingTxid, message.fundingOutputIndex);
        if (!isOurs) pending.signature = message.signature;
        this.#pending.set(channelIdOfOutpoint(pending.fundingOutpoint), pending);
        return;
      }
      case 'funding_signed': {
        const pending = this.#pending.get(message.channelId);
        if (pending !== undefined && !isOurs) pending.signature = message.signature;
        return;
      }
      default:
        return;
    }
  }

  /** The open that was refused, if the message names one: it is over. */
  refused(temporaryChannelId: string): PendingOpen | undefined {
    const pending = this.#pending.get(temporaryChannelId);
    if (pending?.fundingOutpoint !== undefined) return undefined;
    this.#pending.delete(temporaryChannelId);
    return pending;
  }

  /** The monitor of a new channel was written: from here on the channel is real. */
  opened(
    record: PersistNew,
  ): { readonly book: ChannelBook; readonly pending: PendingOpen } | undefined {
    const pending = this.#pending.get(record.channelId);
    if (pending?.accept === undefined) return undefined;
    this.#pending.delete(record.channelId);
    this.#pending.delete(pending.open.temporaryChannelId);
    const { channelId, fundingOutpoint } = record;
    const context = contextOf(record, pending, pending.accept);
    const book = new ChannelBook({ channelId, fundingOutpoint, peer: pending.peer, context });
    book.feeratePerKw = pending.open.feeratePerKw;
    return { book, pending };
  }
}

function contextOf(
  { fundingOutpoint }: PersistNew,
  { opener, peer, open }: PendingOpen,
  accept: MessageTerms,
): ChannelBook['context'] {
  const [ours, theirs] = opener === 'local' ? [open, accept] : [accept, open];
  return {
    peerId: peer,
    fundingOutpoint,
    capacitySat: open.fundingSat,
    opener,
    pushMsat: open.pushMsat,
    channelType: accept.channelType ?? open.channelType ?? 'legacy',
    isPrivate: !open.isAnnounced,
    local: termsOf(ours),
    remote: termsOf(theirs),
  };
}

function termsOf(terms: MessageTerms) {
  const { temporaryChannelId: _, shutdownScript: _script, channelType: _type, ...rest } = terms;
  const { dustLimitSat, channelReserveSat, maxInFlightMsat, htlcMinimumMsat, maxAcceptedHtlcs } =
    rest;
  const { csvDelayBlocks, fundingPubkey, revocationBasepoint, paymentBasepoint } = rest;
  const { delayedPaymentBasepoint, htlcBasepoint, firstPerCommitmentPoint } = rest;
  return {
    dustLimitSat,
    channelReserveSat,
    // Unlimited is said with all 64 bits set; stored amounts end at 63.
    maxInFlightMsat: maxInFlightMsat > MAX_STORED_MSAT ? MAX_STORED_MSAT : maxInFlightMsat,
    htlcMinimumMsat,
    maxAcceptedHtlcs,
    csvDelayBlocks,
    fundingPubkey,
    revocationBasepoint,
    paymentBasepoint,
    delayedPaymentBasepoint,
    htlcBasepoint,
    firstPerCommitmentPoint,
  };
}

const MAX_STORED_MSAT = 2n ** 63n - 1n;

/** ChannelOpened, then commitment 0 of either side. */
export function openingFacts(
  told: Told,
  record: PersistNew,
  book: ChannelBook,
  pending: PendingOpen,
): Observation[] {
  const { capacitySat = 0n, opener = 'local', channelType = 'legacy' } = book.context;
  const { open, accept } = pending;
  const [ourScript, theirScript] =
    opener === 'local'
      ? [open.shutdownScript, accept?.shutdownScript]
      : [accept?.shutdownScript, open.shutdownScript];
  const secret = {
    ...(ourScript && { localDeliveryScript: ourScript }),
    ...(theirScript && { remoteDeliveryScript: theirScript }),
  };
  const { fundingOutpoint, channelId, peer: peerId } = book;
  const opened: ChannelFact = {
    type: 'ChannelOpened',
    data: {
      channelId,
      fundingOutpoint,
      peerId,
      opener,
      capacitySat,
      pushMsat: open.pushMsat,
      channelType,
      isPrivate: !open.isAnnounced,
      local: book.context.local ?? {},
      remote: book.context.remote ?? {},
      feeratePerKw: open.feeratePerKw,
    },
    ...(Object.keys(secret).length > 0 && { secret }),
  };
  return [opened, localZero(book, pending), ...remoteZero(book, record)].map((fact) => {
    return told.channel(book, fact);
  });
}

function localZero(book: ChannelBook, pending: PendingOpen): ChannelFact {
  const perCommitmentPoint = book.context.local?.firstPerCommitmentPoint;
  const { signature } = pending;
  return {
    type: 'CommitmentSeen',
    data: {
      side: 'local',
      number: 0,
      fundingOutpoint: book.fundingOutpoint,
      feeratePerKw: book.feeratePerKw,
      htlcs: [],
      removed: [],
      ...(signature && { signatures: { scheme: 'ecdsa', commitment: signature, htlcs: [] } }),
      ...(perCommitmentPoint && { perCommitmentPoint }),
    },
  };
}

function remoteZero(book: ChannelBook, record: PersistNew): ChannelFact[] {
  const { counterpartyCommitment: zero } = record;
  if (zero === null) return [];
  return [
    {
      type: 'CommitmentSeen',
      data: {
        side: 'remote',
        number: zero.number,
        fundingOutpoint: book.fundingOutpoint,
        feeratePerKw: zero.feeratePerKw,
        htlcs: [],
        removed: [],
        stated: { localSat: zero.toCountersignatorySat, remoteSat: zero.toBroadcasterSat },
        txid: zero.txid,
        perCommitmentPoint: zero.perCommitmentPoint,
      },
    },
  ];
}
