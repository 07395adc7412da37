/** Byte arrays: hex, order, joining. Results are plain `Uint8Array`s that share no memory. */

const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/**
 * The bytes of a hex text of either case. The text itself is never put into the error: it may be a
 * secret.
 */
export function hexToBytes(hex: string, name = 'hex'): Uint8Array {
  // Buffer stops silently at the first character that is not hex, so it has to be looked at first.
  if (typeof hex !== 'string') throw new Error(`"${name}" expected hex digits, got ${typeof hex}`);
  if (!HEX.test(hex)) {
    const fault = hex.length % 2 === 1 ? `${hex.length} characters` : 'other characters too';
    throw new Error(`"${name}" expected an even number of hex digits, got ${fault}`);
  }
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/**
 * A reversed copy: hashes are shown in the opposite order of their bytes (Bitcoin's display order).
 */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Below 0, 0 or above 0, by the first byte that differs; a prefix comes before the longer array.
 */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** An unsigned integer from its bytes, the most significant first. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}

/** An unsigned integer in exactly `length` bytes, the most significant first. */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >= 1n << BigInt(length * 8)) {
    throw new Error(`"value" expected an unsigned integer of ${length} bytes, got one outside it`);
  }
  return hexToBytes(value.toString(16).padStart(length * 2, '0'));
}
