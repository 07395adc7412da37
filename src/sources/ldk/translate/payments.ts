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

export interface PaymentsMemory {
  readonly offeredMsat: ReadonlyMap<string, bigint>;
  readonly forwards: ReadonlyMap<ChannelId, EndedForward[]>;
  /** The highest offered HTLC of each channel that was taken in. */
  readonly notedOffers: ReadonlyMap<ChannelId, number>;
}

export interface Books {
  byId(channelId: ChannelId): ChannelBook | undefined;
}

/** LDK's names for what went wrong while forwarding, not while receiving. */
const FORWARD_DESTINATIONS = new Set(['NextHopChannel', 'UnknownNextHop', 'InvalidForward']);

export class Payments {
  /** Own offers in flight by payment hash: what PaymentSent leaves out. */
  readonly #offeredMsat: Map<string, bigint>;
  readonly #forwards: Map<ChannelId, EndedForward[]>;
  readonly #notedOffers: Map<ChannelId, number>;

  constructor(memory?: PaymentsMemory) {
    this.#offeredMsat = new Map(memory?.offeredMsat);
    this.#forwards = new Map(memory?.forwards);
    this.#notedOffers = new Map(memory?.notedOffers);
  }

  memory(): PaymentsMemory {
    return {
      offeredMsat: this.#offeredMsat,
      forwards: this.#forwards,
      notedOffers: this.#notedOffers,
    };
  }

  /** Takes in own payments' HTLCs when a commitment first holds them; hands the facts on. */
  noted(book: ChannelBook, observations: Observation[]): Observation[] {
    for (const { fact } of observations) {
      if (fact.type !== 'CommitmentSeen' || fact.data.side !== 'remote') continue;
      for (const { id, direction } of fact.data.htlcs) {
        const known = direction === 'offered' ? book.htlcs.get(direction, id) : undefined;
        if (known?.source?.kind !== 'own-payment' || this.#isNoted(book, id)) continue;
        const { paymentHash, amountMsat } = known;
        const offeredMsat = this.#offeredMsat.get(paymentHash) ?? 0n;
        this.#offeredMsat.set(paymentHash, offeredMsat + amountMsat);
      }
    }
    return observations;
  }

  #isNoted({ channelId }: ChannelBook, id: number): boolean {
    const highest = this.#notedOffers.get(channelId) ?? -1;
    this.#notedOffers.set(channelId, Math.max(highest, id));
    return id <= highest;
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

  /** A forward's outgoing HTLC may end on chain: its event comes after. Hands the facts on. */
  claimed(book: ChannelBook, observations: Observation[]): Observation[] {
    for (const { fact } of observations) {
      const isEnd = fact.type === 'HtlcSettled' || fact.type === 'HtlcFailed';
      if (!isEnd || fact.data.direction !== 'offered') continue;
      this.ended(book, fact.data.id, fact.type === 'HtlcSettled' ? 'settled' : 'failed');
    }
    return observations;
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
