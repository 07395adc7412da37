/**
 * BOLT 2 ids for the HTLCs of LDK's monitor updates, which hold none: found by direction, amount, hash
 * and expiry among the update_add_htlc messages, in the order of what each commitment held before.
 */
import type { Direction, Side } from '../../../channel/fields.ts';
import type { HtlcRemoved } from '../../../channel/observations.ts';
import type { HtlcSource, MonitorHtlc } from '../monitor-update.ts';

export interface KnownHtlc {
  readonly id: number;
  readonly direction: Direction;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly paymentHash: string;
  /** For an offered one: whose payment it is. */
  source?: HtlcSource;
  removal?: HtlcRemoved;
  /** Held by that side's newest commitment, and ever by any. */
  readonly isIn: Record<Side, boolean>;
  readonly wasIn: Record<Side, boolean>;
}

/** One HTLC of a commitment with its id. */
export interface MatchedHtlc {
  readonly known: KnownHtlc;
  readonly monitor: MonitorHtlc;
}

/** All it remembers, for a translator that goes on in another process. */
export interface HtlcIdsMemory {
  readonly known: ReadonlyMap<string, KnownHtlc>;
  readonly preimages: ReadonlyMap<string, string>;
  readonly nextOfferedId: number;
}

export class HtlcIds {
  readonly #known: Map<string, KnownHtlc>;
  readonly #preimages: Map<string, string>;
  #nextOfferedId: number;

  constructor(memory?: HtlcIdsMemory) {
    this.#known = new Map(memory?.known);
    this.#preimages = new Map(memory?.preimages);
    this.#nextOfferedId = memory?.nextOfferedId ?? 0;
  }

  memory(): HtlcIdsMemory {
    return {
      known: this.#known,
      preimages: this.#preimages,
      nextOfferedId: this.#nextOfferedId,
    };
  }

  /** An update_add_htlc passed. What no commitment ever held is forgotten at a disconnect. */
  proposed(
    htlc: Pick<KnownHtlc, 'id' | 'direction' | 'amountMsat' | 'cltvExpiry' | 'paymentHash'>,
  ) {
    const key = `${htlc.direction}/${htlc.id}`;
    const before = this.#known.get(key);
    if (before?.wasIn.local || before?.wasIn.remote) return;
    this.#known.set(key, {
      ...htlc,
      isIn: { local: false, remote: false },
      wasIn: { local: false, remote: false },
    });
    if (htlc.direction === 'offered')
      this.#nextOfferedId = Math.max(this.#nextOfferedId, htlc.id + 1);
  }

  /** A preimage was learned: every received HTLC of its hash is settled when it goes. */
  learned(paymentHash: string, preimage: string): void {
    this.#preimages.set(paymentHash, preimage);
  }

  removed(removal: HtlcRemoved): void {
    const known = this.#known.get(`${removal.direction}/${removal.id}`);
    if (known !== undefined) known.removal = removal;
  }

  get(direction: Direction, id: number): KnownHtlc | undefined {
    return this.#known.get(`${direction}/${id}`);
  }

  all(): Iterable<KnownHtlc> {
    return this.#known.values();
  }

  /**
   * The commitment's HTLCs with their ids, or undefined while the message that has an offered one's
   * id has not passed. `canInfer`: no such message will come, so ids follow in order.
   */
  match(side: Side, htlcs: readonly MonitorHtlc[], canInfer: boolean): MatchedHtlc[] | undefined {
    const used = new Set<KnownHtlc>();
    const matched: MatchedHtlc[] = [];
    for (const monitor of htlcs) {
      const direction = (side === 'local') === monitor.isOfferedByOwner ? 'offered' : 'received';
      const known =
        this.#bestFor(side, direction, monitor, used) ??
        (canInfer && direction === 'offered' ? this.#inferred(monitor) : undefined);
      if (known === undefined) return undefined;
      used.add(known);
      matched.push({ known, monitor });
    }
    return matched;
  }

  #inferred({ amountMsat, cltvExpiry, paymentHash }: MonitorHtlc): KnownHtlc | undefined {
    const id = this.#nextOfferedId;
    this.proposed({ id, direction: 'offered', amountMsat, cltvExpiry, paymentHash });
    return this.#known.get(`offered/${id}`);
  }

  #bestFor(
    side: Side,
    direction: Direction,
    monitor: MonitorHtlc,
    used: ReadonlySet<KnownHtlc>,
  ): KnownHtlc | undefined {
    let best: KnownHtlc | undefined;
    for (const known of this.#known.values()) {
      const isSame =
        known.direction === direction &&
        known.amountMsat === monitor.amountMsat &&
        known.cltvExpiry === monitor.cltvExpiry &&
        known.paymentHash === monitor.paymentHash;
      // Dropped by this side already: it does not come back.
      if (!isSame || used.has(known) || (known.wasIn[side] && !known.isIn[side])) continue;
      if (best === undefined || rank(known, side) < rank(best, side)) best = known;
    }
    return best;
  }

  /** Takes the matched HTLCs as what this side holds now; answers how the others ended. */
  hold(side: Side, matched: readonly MatchedHtlc[]): HtlcRemoved[] {
    const held = new Set(matched.map(({ known }) => known));
    for (const { known, monitor } of matched) {
      known.isIn[side] = true;
      known.wasIn[side] = true;
      if (monitor.source !== null) known.source = monitor.source;
    }
    const removals: HtlcRemoved[] = [];
    for (const [key, known] of this.#known) {
      if (!known.isIn[side] || held.has(known)) continue;
      known.isIn[side] = false;
      const removal = this.#endOf(known);
      if (removal !== undefined) removals.push(removal);
      const { isIn, wasIn } = known;
      if (!isIn.local && !isIn.remote && wasIn.local && wasIn.remote) this.#forget(key, known);
    }
    return removals.sort((a, b) => a.id - b.id);
  }

  /** A received HTLC that goes without its preimage known was failed by us. */
  #endOf(known: KnownHtlc): HtlcRemoved | undefined {
    const { id, direction, paymentHash } = known;
    if (known.removal !== undefined || direction === 'offered') return known.removal;
    const preimage = this.#preimages.get(paymentHash);
    known.removal =
      preimage === undefined
        ? { id, direction, outcome: 'failed', failedAt: 'local' }
        : { id, direction, outcome: 'settled', preimage };
    return known.removal;
  }

  /** Gone from both ends; the preimage may still be asked for by another part of its payment. */
  #forget(key: string, { paymentHash }: KnownHtlc): void {
    this.#known.delete(key);
    for (const other of this.#known.values()) if (other.paymentHash === paymentHash) return;
    this.#preimages.delete(paymentHash);
  }
}

/** What the side held before comes first, what is on its way out last, older ids first. */
function rank(known: KnownHtlc, side: Side): number {
  const isLeaving = known.removal === undefined ? 0 : 2;
  const isNew = known.isIn[side] ? 0 : 1;
  return (isLeaving + isNew) * 1e12 + known.id;
}
