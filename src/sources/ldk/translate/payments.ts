/** Payments and forwards of the node, from LDK's events, joined with the HTLCs they moved. */
import type { ChannelId } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { LdkEvent } from '../ldk-events.ts';
import type { ChannelBook } from './channel-book.ts';
import type { Told } from './header.ts';

/** A forward whose outgoing HTLC was fulfilled and whose event is still to come. */
interface SettledForward {
  readonly incomingShortChannelId: string | null;
  readonly incomingHtlcId: number | undefined;
  readonly outgoingHtlcId: number;
  readonly amountOutMsat: bigint;
}

export interface Books {
  byId(channelId: ChannelId): ChannelBook | undefined;
}

/** LDK's names for what went wrong while forwarding, not while receiving. */
const FORWARD_DESTINATIONS = new Set(['NextHopChannel', 'UnknownNextHop', 'InvalidForward']);

export class Payments {
  /** Own offers in flight by payment hash: what PaymentSent leaves out. */
  readonly #offeredMsat = new Map<string, bigint>();
  readonly #forwards = new Map<ChannelId, SettledForward[]>();

  /** An offered HTLC of our own payment stands in a commitment. */
  offered(paymentHash: string, amountMsat: bigint): void {
    this.#offeredMsat.set(paymentHash, (this.#offeredMsat.get(paymentHash) ?? 0n) + amountMsat);
  }

  failed(paymentHash: string, amountMsat: bigint): void {
    const left = (this.#offeredMsat.get(paymentHash) ?? 0n) - amountMsat;
    if (left > 0n) this.#offeredMsat.set(paymentHash, left);
    else this.#offeredMsat.delete(paymentHash);
  }

  fulfilledForward(book: ChannelBook, outgoingHtlcId: number): void {
    const known = book.htlcs.get('offered', outgoingHtlcId);
    if (known?.source?.kind !== 'forwarded') return;
    const { previousHtlcId, previousShortChannelId } = known.source;
    const settled: SettledForward = {
      incomingShortChannelId: previousShortChannelId,
      incomingHtlcId: previousHtlcId === null ? undefined : Number(previousHtlcId),
      outgoingHtlcId,
      amountOutMsat: known.amountMsat,
    };
    this.#forwards.set(book.channelId, [...(this.#forwards.get(book.channelId) ?? []), settled]);
  }

  event(told: Told, event: LdkEvent, books: Books): Observation[] {
    switch (event.type) {
      case 'PaymentForwarded':
        return [this.#forwarded(told, event)];
      case 'HTLCHandlingFailed':
        return forwardFailed(told, event, books);
      case 'PaymentSent': {
        const offeredMsat = this.#offeredMsat.get(event.paymentHash);
        this.#offeredMsat.delete(event.paymentHash);
        const feeMsat = event.feePaidMsat ?? undefined;
        const amountMsat =
          offeredMsat === undefined || feeMsat === undefined ? undefined : offeredMsat - feeMsat;
        const data = {
          ...(amountMsat !== undefined && amountMsat >= 0n && { amountMsat }),
          ...(feeMsat !== undefined && { feeMsat }),
        };
        return [told.node({ type: 'PaymentSent', data }, event.paymentHash)];
      }
      case 'PaymentFailed': {
        if (event.paymentHash !== null) this.#offeredMsat.delete(event.paymentHash);
        const data = { reason: event.reason ?? 'unknown' };
        return [told.node({ type: 'PaymentFailed', data }, event.paymentHash)];
      }
      case 'PaymentClaimed': {
        const data = { amountMsat: event.amountMsat };
        return [told.node({ type: 'PaymentReceived', data }, event.paymentHash)];
      }
      default:
        return [];
    }
  }

  #forwarded(
    told: Told,
    event: Extract<LdkEvent, { readonly type: 'PaymentForwarded' }>,
  ): Observation {
    const { previousChannelId, nextChannelId, previousPeer, nextPeer } = event;
    const { feeEarnedMsat, amountOutMsat, isClaimedOnChain } = event;
    const htlc = nextChannelId === null ? undefined : this.#take(nextChannelId, amountOutMsat);
    const data = {
      ...(previousChannelId && { incomingChannelId: previousChannelId }),
      ...(htlc?.incomingHtlcId !== undefined && { incomingHtlcId: htlc.incomingHtlcId }),
      ...(previousPeer && { incomingPeerId: previousPeer }),
      ...(nextChannelId && { outgoingChannelId: nextChannelId }),
      ...(htlc && { outgoingHtlcId: htlc.outgoingHtlcId }),
      ...(nextPeer && { outgoingPeerId: nextPeer }),
      ...(amountOutMsat !== null &&
        feeEarnedMsat !== null && { amountInMsat: amountOutMsat + feeEarnedMsat }),
      ...(amountOutMsat !== null && { amountOutMsat }),
      ...(feeEarnedMsat !== null && { feeMsat: feeEarnedMsat }),
      isClaimedOnChain,
    };
    return told.node({ type: 'PaymentForwarded', data });
  }

  /** The oldest settled forward over this channel with that amount. */
  #take(channelId: ChannelId, amountOutMsat: bigint | null): SettledForward | undefined {
    const waiting = this.#forwards.get(channelId) ?? [];
    const index = waiting.findIndex((forward) => forward.amountOutMsat === amountOutMsat);
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  }
}

function forwardFailed(
  told: Told,
  event: Extract<LdkEvent, { readonly type: 'HTLCHandlingFailed' }>,
  books: Books,
): Observation[] {
  if (!FORWARD_DESTINATIONS.has(event.destination)) return [];
  const { previousChannelId, nextChannelId, paymentHash, destination } = event;
  const incoming = books.byId(previousChannelId);
  const outgoing = nextChannelId === null ? undefined : books.byId(nextChannelId);
  const htlc =
    incoming &&
    paymentHash !== null &&
    [...incoming.htlcs.all()].find(
      (known) => known.direction === 'received' && known.paymentHash === paymentHash,
    );
  const data = {
    incomingChannelId: previousChannelId,
    ...(htlc && { incomingHtlcId: htlc.id }),
    ...(incoming && { incomingPeerId: incoming.peer }),
    ...(nextChannelId && { outgoingChannelId: nextChannelId }),
    ...(outgoing && { outgoingPeerId: outgoing.peer }),
    ...(htlc && { amountInMsat: htlc.amountMsat }),
    reason: destination,
  };
  return [told.node({ type: 'ForwardFailed', data })];
}
