/** The per-commitment points one stream told, kept until the secret behind them is revealed. */
import type { ChannelEvent } from '../channel/events.ts';
import type { Side } from '../channel/fields.ts';
import { hexToBytes } from '../lightning/bytes.ts';

/**
 * Secrets follow their points closely. Those of a side that never tells its secrets pile up, and the
 * oldest go.
 */
const MAX_WAITING = 512;

export class CommitmentPoints {
  readonly #points = new Map<string, string>();

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
        const { side, number, perCommitmentPoint } = event.data;
        this.#keep(side, number, perCommitmentPoint);
        return;
      }
      default:
        return;
    }
  }

  /** The point whose secret is revealed now; it is not kept any longer. */
  revealed(side: Side, number: number): Uint8Array | undefined {
    const key = `${side}/${number}`;
    const point = this.#points.get(key);
    this.#points.delete(key);
    return point === undefined ? undefined : hexToBytes(point, 'perCommitmentPoint');
  }

  #keep(side: Side, number: number, point: string | undefined): void {
    if (point === undefined) return;
    this.#points.set(`${side}/${number}`, point);
    if (this.#points.size <= MAX_WAITING) return;
    const [oldest] = this.#points.keys();
    if (oldest !== undefined) this.#points.delete(oldest);
  }
}
