/** The per-commitment points one stream told, kept until the secret behind them is revealed. */
import type { ChannelEvent } from '../channel/events.ts';
import type { Side } from '../channel/fields.ts';
import { hexToBytes } from '../lightning/bytes.ts';

/**
 * Secrets follow their points closely. Those of a side that never tells its secrets pile up, and the
 * oldest go.
 */
const MAX_WAITING = 512;

const DERIVED = 'derived';

export const WHY_NO_POINT = {
  untold: 'the point was not recorded',
  derived: 'its point was worked out from it',
} as const;

export class CommitmentPoints {
  readonly #points = new Map<string, string | typeof DERIVED>();

  take(event: ChannelEvent): void {
    switch (event.type) {
      case 'ChannelOpened':
      case 'ChannelAdopted':
        for (const side of ['local', 'remote'] as const) {
          // BOLT 2, open_channel: `first_per_commitment_point` is that of commitment 0.
          this.#keep(side, 0, event.data[side].firstPerCommitmentPoint);
        }
        return;
      case 'CommitmentUpdated': {
        const { side, number, perCommitmentPoint, isPointDerived } = event.data;
        this.#keep(side, number, isPointDerived === true ? DERIVED : perCommitmentPoint);
        return;
      }
      default:
        return;
    }
  }

  /**
   * The point whose secret is revealed now, or why there is none to hold it against; it is not kept any
   * longer.
   */
  revealed(side: Side, number: number): Uint8Array | keyof typeof WHY_NO_POINT {
    const key = `${side}/${number}`;
    const point = this.#points.get(key) ?? 'untold';
    this.#points.delete(key);
    if (point === 'untold' || point === DERIVED) return point;
    return hexToBytes(point, 'perCommitmentPoint');
  }

  #keep(side: Side, number: number, point: string | undefined): void {
    const key = `${side}/${number}`;
    // One that was told by itself is worth more than one that was worked out.
    if (point === undefined || (point === DERIVED && this.#points.has(key))) return;
    this.#points.set(key, point);
    if (this.#points.size <= MAX_WAITING) return;
    const [oldest] = this.#points.keys();
    if (oldest !== undefined) this.#points.delete(oldest);
  }
}
