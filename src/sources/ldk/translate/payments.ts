/** Payments and forwards of the node, from LDK's events, joined with the HTLCs they moved. */
import type { ChannelId } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { LdkEvent } from '../ldk-events.ts';
import type { ChannelBook } from './channel-book.ts';
import type { Told } from './header.ts';

/** A forward whose outgoing HTLC has ended and whose event is still to come. */
interface EndedForward {
  readonly outcome: 'settled' | 'failed';
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
  readonly #forwards = new Map<ChannelId, EndedForward[]>();

  /** An offered HTLC of our own payment stands in a commitment. */
  offered(paymentHash: string, amountMsat: bigint): void {
    this.#offeredMsat.set(paymentHash, (this.#offeredMsat.get(paymentHash) ?? 0n) + amountMsat);
  }

  failed(paymentHash: string, amountMsat: bigint): void {
    const left = (this.#offeredMsat.get(paymentHash) ?? 0n) - amountMsat;
    if (left > 0n) this.#offeredMsat.set(paymentHash, left);
    else this.#offeredMsat.delete(paymentHash);
  }

  /** An offered HTLC ended: by the peer's message, or on chain. */
  ended(book: ChannelBook, outgoingHtlcId: number, outcome: EndedForward['outcome']): void {
    const known = book.htlcs.get('offered', outgoingHtlcId);
    if (known?.source?.kind !== 'forwarded') return;
    const { previousHtlcId } = known.source;
    const ended: EndedForward = {
      outcome,
      incomingHtlcId: previousHtlcId === null ? undefined : Number(previousHtlcId),
      outgoingHtlcId,
      amountOutMsat: known.amountMsat,
    };
    this.#forwards.set(book.channelId, [...(this.#forwards.get(book.channelId) ?? []), ended]);
  }

  event(told: Told, event: LdkEvent, books: Books): Observation[] {
    switch (event.type) {
      case 'PaymentForwarded':
        return [this.#forwarded(told, event)];
      case 'HTLCHandlingFailed':
        return this.#forwardFailed(told, event, books);
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
    const htlc =
      nextChannelId === null ? undefined : this.#take(nextChannelId, 'settled', amountOutMsat);
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

  /** The oldest forward over this channel that ended so, with that amount where it is told. */
  #take(
    channelId: ChannelId,
    outcome: EndedForward['outcome'],
    amountOutMsat: bigint | null,
  ): EndedForward | undefined {
    const waiting = this.#forwards.get(channelId) ?? [];
    const index = waiting.findIndex(
      (forward) =>
        forward.outcome === outcome &&
        (amountOutMsat === null || forward.amountOutMsat === amountOutMsat),
    );
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  }

  /** Where the next channel never held it, which of the incoming HTLCs it was is not told. */
  #forwardFailed(
    told: Told,
    event: Extract<LdkEvent, { readonly type: 'HTLCHandlingFailed' }>,
    books: Books,
  ): Observation[] {
    if (!FORWARD_DESTINATIONS.has(event.destination)) return [];
    const { previousChannelId, nextChannelId, destination } = event;
    const incoming = books.byId(previousChannelId);
    const outgoing = nextChannelId === null ? undefined : books.byId(nextChannelId);
    const ended = nextChannelId === null ? undefined : this.#take(nextChannelId, 'failed', null);
    const data = {
      incomingChannelId: previousChannelId,
      ...(ended?.incomingHtlcId !== undefined && { incomingHtlcId: ended.incomingHtlcId }),
      ...(incoming && { incomingPeerId: incoming.peer }),
      ...(nextChannelId && { outgoingChannelId: nextChannelId }),
      ...(ended && { outgoingHtlcId: ended.outgoingHtlcId }),
      ...(outgoing && { outgoingPeerId: outgoing.peer }),
      ...(ended && { amountOutMsat: ended.amountOutMsat }),
      reason: destination,
    };
    return [told.node({ type: 'ForwardFailed', data })];
  }
}
