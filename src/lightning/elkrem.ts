/**
 * The revocation tree of lnd's first version, older than shachain and not compatible with it: a
 * full binary tree of 2^48 − 1 hashes whose root is the seed. A left child is dSHA256(parent), a
 * right one dSHA256(parent ‖ 01). Indexes number it in post order (left, right, parent), so that a
 * parent is revealed after its children and replaces them: a receiver keeps at most 48 hashes.
 */
import { concatBytes, equalBytes } from './bytes.ts';
import { doubleSha256 } from './hashes.ts';
import { WireReader } from './wire.ts';

const ROOT_HEIGHT = 47;
/** The root's own index, 2^48 − 2. */
export const ELKREM_LAST_INDEX = (1n << 48n) - 2n;
const RIGHT = Uint8Array.of(1);

/** A node's place: a leaf has height 0, and a subtree of height h has 2^(h+1) − 1 nodes. */
interface Place {
  readonly height: number;
  readonly index: bigint;
}

interface Entry extends Place {
  readonly secret: Uint8Array;
}

const ROOT: Place = { height: ROOT_HEIGHT, index: ELKREM_LAST_INDEX };

/** The producer's side: the hash at `index` below the seed. */
export function elkremSecret(seed: Uint8Array, index: bigint): Uint8Array {
  checkIndex(index);
  checkSecret(seed, 'seed');
  return descend({ ...ROOT, secret: seed }, index);
}

export type ElkremInsertion =
  /** It was the next one, and where it is a parent its children are its own. */
  | 'stored'
  /** It follows from what was there. */
  | 'known'
  /** An earlier one is missing: the tree can only be received without a gap. */
  | 'skips'
  /** It and an earlier one do not come from the same seed. */
  | 'contradicts';

/** The receiver's side: the roots of the complete subtrees so far, from left to right. */
export class ElkremStore {
  #entries: readonly Entry[] = [];

  insert(index: bigint, secret: Uint8Array): ElkremInsertion {
    checkIndex(index);
    checkSecret(secret, 'secret');
    const known = this.secretAt(index);
    if (known !== undefined) return equalBytes(known, secret) ? 'known' : 'contradicts';
    if (index !== this.nextIndex) return 'skips';
    const [left, right] = this.#entries.slice(-2);
    if (left === undefined || right === undefined || left.height !== right.height) {
      this.#entries = [...this.#entries, { height: 0, index, secret: Uint8Array.from(secret) }];
      return 'stored';
    }
    const areItsChildren =
      equalBytes(leftOf(secret), left.secret) && equalBytes(rightOf(secret), right.secret);
    if (!areItsChildren) return 'contradicts';
    const parent = { height: left.height + 1, index, secret: Uint8Array.from(secret) };
    this.#entries = [...this.#entries.slice(0, -2), parent];
    return 'stored';
  }

  /** Any that was revealed, or undefined where it was not yet. */
  secretAt(index: bigint): Uint8Array | undefined {
    checkIndex(index);
    const entry = this.#entries.find((candidate) => index <= candidate.index);
    return entry && descend(entry, index);
  }

  /** The one that must come next; how many there are. */
  get nextIndex(): bigint {
    return (this.#entries.at(-1)?.index ?? -1n) + 1n;
  }

  /** lnd's own form: u8 count, then for each u8 height, u64 index, 32 bytes. It is all secrets. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(1 + this.#entries.length * 41);
    const view = new DataView(bytes.buffer);
    bytes[0] = this.#entries.length;
    this.#entries.forEach(({ height, index, secret }, i) => {
      view.setUint8(1 + i * 41, height);
      view.setBigUint64(2 + i * 41, index);
      bytes.set(secret, 10 + i * 41);
    });
    return bytes;
  }

  /**
   * Refuses what no sequence of insertions leads to; two siblings are only checked by their parent.
   */
  static fromBytes(bytes: Uint8Array): ElkremStore {
    const reader = new WireReader(bytes, 'elkrem');
    const count = reader.u8();
    const entries: Entry[] = [];
    for (let i = 0; i < count; i++) {
      const [height, index] = [reader.u8(), reader.u64()];
      entries.push({ height, index, secret: Uint8Array.from(reader.bytes(32)) });
    }
    reader.end();
    const newest = entries.at(-1)?.index ?? -1n;
    const places = newest > ELKREM_LAST_INDEX ? [] : placesAfter(newest);
    const isTheirShape =
      places.length === entries.length &&
      places.every(
        ({ height, index }, i) => entries[i]?.height === height && entries[i]?.index === index,
      );
    if (!isTheirShape) {
      throw new Error('"elkrem" expected the subtrees of one gapless sequence, got other places');
    }
    const store = new ElkremStore();
    store.#entries = entries;
    return store;
  }
}

/** The places a receiver holds once it has every index up to and including `newest`. */
function placesAfter(newest: bigint): readonly Place[] {
  const places: Place[] = [];
  let place: Place | undefined = newest < 0n ? undefined : ROOT;
  while (place !== undefined) {
    if (place.index <= newest) {
      places.push(place);
      break;
    }
    const left = leftPlace(place);
    if (left.index <= newest) {
      places.push(left);
      place = left.index === newest ? undefined : rightPlace(place);
    } else {
      place = left;
    }
  }
  return places;
}

function descend(from: Entry, index: bigint): Uint8Array {
  let place: Place = from;
  let secret = Uint8Array.from(from.secret);
  while (place.index !== index) {
    const left = leftPlace(place);
    const isLeft = index <= left.index;
    secret = isLeft ? leftOf(secret) : rightOf(secret);
    place = isLeft ? left : rightPlace(place);
    if (place.height < 0) throw new Error(`"index" expected one below its subtree, got ${index}`);
  }
  return secret;
}

function leftPlace({ height, index }: Place): Place {
  return { height: height - 1, index: index - (1n << BigInt(height)) };
}

function rightPlace({ height, index }: Place): Place {
  return { height: height - 1, index: index - 1n };
}

function leftOf(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  return doubleSha256(secret);
}

function rightOf(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  return doubleSha256(concatBytes(secret, RIGHT));
}

function checkIndex(index: bigint): void {
  if (index < 0n || index > ELKREM_LAST_INDEX) {
    throw new Error(`"index" expected 0 to 2^48 - 2, got ${index}`);
  }
}

/** The value is never shown. */
function checkSecret(secret: Uint8Array, name: string): void {
  if (secret.length !== 32) throw new Error(`"${name}" expected 32 bytes, got ${secret.length}`);
}
