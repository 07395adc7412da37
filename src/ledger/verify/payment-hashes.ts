/** The payment hashes of one channel's HTLCs, from where they are sealed: with the HTLC, or with a commitment. */
import type { ChannelEvent, ChannelEventData } from '../../channel/events.ts';
import type { Direction } from '../../channel/fields.ts';
import type { OpenedFields } from './sealed-fields.ts';

/** In hex, or why it is not known. */
type Hash = { readonly hash: string } | { readonly whyNot: string };

export const NOT_TOLD: Hash = { whyNot: 'the source did not tell it' };

export class PaymentHashes {
  readonly #known = new Map<string, Hash>();

  get size(): number {
    return this.#known.size;
  }

  get(direction: Direction, id: number): Hash | undefined {
    return this.#known.get(`${direction}/${id}`);
  }

  /** HTLCs that are told one by one, and those that a commitment tells in full. */
  take(event: ChannelEvent, opened: OpenedFields): void {
    if (event.type === 'HtlcAdded') this.#add(event.data, opened, ({ paymentHash }) => paymentHash);
    if (event.type !== 'CommitmentUpdated') return;
    for (const htlc of event.data.unknownHtlcs ?? []) {
      this.#add(htlc, opened, ({ paymentHashes }) => {
        const told = Array.isArray(paymentHashes) ? (paymentHashes as readonly HtlcHash[]) : [];
        const own = told.find(
          ({ id, direction }) => id === htlc.id && direction === htlc.direction,
        );
        return own?.paymentHash;
      });
    }
  }

  forget(direction: Direction, id: number): void {
    this.#known.delete(`${direction}/${id}`);
  }

  /** Told first, forgotten first. */
  forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  forgetOthers(held: readonly Named[]): void {
    const kept = new Set(held.map(({ direction, id }) => `${direction}/${id}`));
    for (const key of this.#known.keys()) if (!kept.has(key)) this.#known.delete(key);
  }

  #add(
    { direction, id }: Named,
    opened: OpenedFields,
    find: (fields: Readonly<Record<string, unknown>>) => unknown,
  ): void {
    const known = this.get(direction, id);
    if (known === undefined || !('hash' in known)) {
      this.#known.set(`${direction}/${id}`, hashIn(opened, find));
    }
  }
}

interface Named {
  readonly direction: Direction;
  readonly id: ChannelEventData<'HtlcAdded'>['id'];
}

interface HtlcHash extends Named {
  readonly paymentHash: string;
}

function hashIn(
  opened: OpenedFields,
  find: (fields: Readonly<Record<string, unknown>>) => unknown,
): Hash {
  if (opened.state !== 'open') return { whyNot: opened.why };
  const hash = find(opened.fields);
  return typeof hash === 'string' ? { hash } : NOT_TOLD;
}
