/** CRC-32C (Castagnoli), eight bytes at a step: a gossip_store has one over each record. */

/** The polynomial 0x1edc6f41, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

const tables = makeTables();

function makeTables(): readonly Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    first[byte] = crc;
  }
  const made = [first];
  for (let slice = 1; slice < SLICES; slice++) {
    const before = made[slice - 1] ?? first;
    made.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] ?? 0)));
  }
  return made;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = tables as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

/** Of the bytes, going on from `seed`: the checksum of what came before them. */
export function crc32c(seed: number, bytes: Uint8Array): number {
  let crc = ~seed;
  const { length } = bytes;
  const whole = length - (length % SLICES);
  const at = (table: Int32Array, index: number) => table[index & 0xff] as number;
  const byte = (index: number) => bytes[index] as number;
  let i = 0;
  for (; i < whole; i += SLICES) {
    const low = crc ^ (byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24));
    crc =
      at(T7, low) ^
      at(T6, low >>> 8) ^
      at(T5, low >>> 16) ^
      at(T4, low >>> 24) ^
      at(T3, byte(i + 4)) ^
      at(T2, byte(i + 5)) ^
      at(T1, byte(i + 6)) ^
      at(T0, byte(i + 7));
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ at(T0, crc ^ byte(i));
  return ~crc >>> 0;
}
