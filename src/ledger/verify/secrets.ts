/**
 * What one channel's sealed fields prove: revealed secrets are those behind their points and of one
 * seed, preimages hash to what was locked. Too slow for recording, and it needs the keys.
 */
import type { ChannelEvent, ChannelEventData } from '../../channel/events.ts';
import type { Side } from '../../channel/fields.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import { sha256 } from '../../lightning/hashes.ts';
import { ShachainStore, shachainIndex } from '../../lightning/shachain.ts';
import { CommitmentPoints, WHY_NO_POINT } from '../commitment-points.ts';
import { PaymentHashes } from './payment-hashes.ts';
import type { PointQueue } from './point-queue.ts';
import type { Findings, Place } from './report.ts';
import type { OpenedFields } from './sealed-fields.ts';

export const secretRules = [
  'secret-matches-point',
  'secret-in-shachain',
  'preimage-matches-hash',
] as const;

/** HTLCs whose end is never told pile up; the oldest go. */
const MAX_PENDING = 20_000;
const NOT_RECORDED = { whyNot: 'the payment hash was not recorded' };

export class ChannelSecrets {
  readonly #findings: Findings;
  readonly #queue: PointQueue;
  readonly #points = new CommitmentPoints();
  readonly #shachains: Readonly<Record<Side, Shachain>>;
  readonly #hashes = new PaymentHashes();

  constructor(findings: Findings, queue: PointQueue) {
    this.#findings = findings;
    this.#queue = queue;
    this.#shachains = { local: new Shachain(findings), remote: new Shachain(findings) };
  }

  take(event: ChannelEvent, opened: OpenedFields, place: Place): void {
    this.#points.take(event);
    switch (event.type) {
      case 'CommitmentRevoked':
        this.#takeRevoked(event.data, opened, place);
        return;
      case 'HtlcAdded':
      case 'CommitmentUpdated':
        this.#hashes.take(event, opened);
        while (this.#hashes.size > MAX_PENDING) this.#hashes.forgetOldest();
        return;
      case 'HtlcFailed':
        this.#hashes.forget(event.data.direction, event.data.id);
        return;
      case 'HtlcSettled':
        this.#takeSettled(event.data, opened, place);
        return;
      default:
        return;
    }
  }

  /** Secrets that nothing later was derived from stay unchecked. */
  finish(): void {
    this.#shachains.local.finish();
    this.#shachains.remote.finish();
  }

  #takeRevoked(
    { side, number }: { readonly side: Side; readonly number: number },
    opened: OpenedFields,
    place: Place,
  ): void {
    const point = this.#points.revealed(side, number);
    if (opened.state !== 'open') {
      this.#findings.notCheckable('secret-matches-point', opened.why);
      this.#findings.notCheckable('secret-in-shachain', opened.why);
      return;
    }
    const secret = secretBytes(opened.fields.secret);
    if (typeof point === 'string') {
      this.#findings.notCheckable('secret-matches-point', WHY_NO_POINT[point]);
    } else {
      this.#queue.add({ secret, point }, { place, side, number });
    }
    this.#shachains[side].take(number, secret, `${side} commitment ${number}`, place);
  }

  #takeSettled(
    { direction, id }: ChannelEventData<'HtlcSettled'>,
    opened: OpenedFields,
    place: Place,
  ): void {
    const told = this.#hashes.get(direction, id) ?? NOT_RECORDED;
    this.#hashes.forget(direction, id);
    const rule = 'preimage-matches-hash';
    if (opened.state !== 'open') {
      this.#findings.notCheckable(rule, opened.why);
    } else if ('whyNot' in told) {
      this.#findings.notCheckable(rule, told.whyNot);
    } else {
      const hash = sha256(secretBytes(opened.fields.preimage));
      const isRight = Buffer.from(hash).toString('hex') === told.hash;
      const problem = `the preimage of HTLC ${direction}/${id} does not hash to its payment hash`;
      this.#findings.judge(rule, place, isRight ? undefined : problem);
    }
  }
}

function secretBytes(field: unknown): Uint8Array {
  return hexToBytes(String(field), 'secret');
}

/** One side's secrets. One that was compared with no other counts as not checkable. */
class Shachain {
  readonly #findings: Findings;
  readonly #store = new ShachainStore();
  /** Stored, and nothing derived from a later one yet. */
  #alone: bigint[] = [];
  #skipped = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  take(number: number, secret: Uint8Array, name: string, place: Place): void {
    const index = shachainIndex(number);
    const newest = this.#store.newestIndex;
    const outcome = this.#store.insert(index, secret);
    switch (outcome) {
      case 'contradicts': {
        const detail = `the secret of ${name} and an earlier one are not of the same seed`;
        this.#findings.broken('secret-in-shachain', place, detail);
        return;
      }
      case 'known':
        this.#findings.kept('secret-in-shachain');
        return;
      case 'late':
        this.#skipped++;
        return;
      case 'stored': {
        const covers = (other: bigint) => isDerivedFrom(index, other);
        if (newest === undefined || !covers(newest)) {
          this.#alone.push(index);
          return;
        }
        const waiting = this.#alone.length;
        this.#alone = this.#alone.filter((other) => !covers(other));
        this.#findings.kept('secret-in-shachain', 1 + waiting - this.#alone.length);
      }
    }
  }

  finish(): void {
    const alone = 'no later secret of its branch is known';
    this.#findings.notCheckable('secret-in-shachain', alone, this.#alone.length);
    const skipped = 'it was told after later ones';
    this.#findings.notCheckable('secret-in-shachain', skipped, this.#skipped);
  }
}

/** BOLT 3: an index derives those that differ from it only in its trailing zeros. */
function isDerivedFrom(parent: bigint, index: bigint): boolean {
  const lowestSetBit = parent & -parent;
  return parent !== 0n && index > parent && index < parent + lowestSetBit;
}
