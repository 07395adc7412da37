/** Bytes damaged as files are: cut off, bits turned over, pieces swapped, repeated, put in, or made huge. */

/** A number below the limit, by a seed. */
export type Random = (limit: number) => number;

const HOSTILE = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** One to four kinds of damage, one after the other. */
export function damaged(bytes: Uint8Array, random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let times = 1 + random(4); times > 0; times--) result = damagedOnce(result, random);
  return result;
}

function damagedOnce(bytes: Buffer, random: Random): Buffer {
  const at = random(bytes.length + 1);
  const length = random(Math.min(64, bytes.length - at + 1));
  switch (random(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1: {
      const turned = Buffer.from(bytes);
      for (let bits = 1 + random(8); bits > 0 && turned.length > 0; bits--) {
        const place = random(turned.length);
        turned[place] = (turned[place] ?? 0) ^ (1 << random(8));
      }
      return turned;
    }
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3: {
      const from = random(bytes.length + 1);
      const piece = bytes.subarray(from, from + length);
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
    case 4: {
      const noise = Buffer.from(Array.from({ length }, () => random(256)));
      return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    }
    case 5:
      return withNumber(bytes, at, random);
    default:
      return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
  }
}

/** A number that lengths and counts must survive, where perhaps one stands. */
function withNumber(bytes: Buffer, at: number, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const number = HOSTILE[random(HOSTILE.length)] ?? 0;
  const width = number > 0xffff ? 4 : number > 0xff ? 2 : 1;
  if (at + width > changed.length) return changed;
  if (random(2) === 0) changed.writeUIntBE(number, at, width);
  else changed.writeUIntLE(number, at, width);
  return changed;
}
