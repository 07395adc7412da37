/** Transactions as Core Lightning stores them: raw, or in a PSBT of either version. */
import { bytesToHex, concatBytes } from '../../lightning/bytes.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import { WireReader } from '../../lightning/wire.ts';

export interface KeptTransaction {
  readonly transaction: Transaction;
  /** Without signatures where it came from a PSBT. */
  readonly raw: string;
}

/** BIP 174, `PSBT_MAGIC`. */
const PSBT_MAGIC = '70736274ff';

/** `channels.last_tx` and the like. Throws an Error where it is neither. */
export function keptTransaction(bytes: Uint8Array): KeptTransaction {
  const isPsbt = bytesToHex(bytes.subarray(0, 5)) === PSBT_MAGIC;
  const raw = isPsbt ? unsignedOf(bytes) : bytes;
  return { transaction: parseTransaction(raw), raw: bytesToHex(raw) };
}

type PsbtMap = ReadonlyMap<number, Uint8Array>;

/** BIP 174 (version 0 holds the transaction whole) and BIP 370 (version 2 holds it in pieces). */
function unsignedOf(psbt: Uint8Array): Uint8Array {
  const reader = new WireReader(psbt, 'psbt');
  reader.bytes(5);
  const global = readMap(reader);
  const whole = global.get(0x00);
  if (whole !== undefined) return whole;
  const inputs = readMaps(reader, countOf(field(global, 0x04)));
  const outputs = readMaps(reader, countOf(field(global, 0x05)));
  const parts = [
    field(global, 0x02, 4),
    compactSize(inputs.length),
    ...inputs.flatMap((map) => [
      field(map, 0x0e, 32),
      field(map, 0x0f, 4),
      Uint8Array.of(0),
      map.get(0x10) ?? Uint8Array.of(0xff, 0xff, 0xff, 0xff),
    ]),
    compactSize(outputs.length),
    ...outputs.flatMap((map) => {
      const script = field(map, 0x04);
      return [field(map, 0x03, 8), compactSize(script.length), script];
    }),
    global.get(0x03) ?? new Uint8Array(4),
  ];
  return concatBytes(...parts);
}

/** Only the fields whose key is their type alone: the others are of no use here. */
function readMap(reader: WireReader): PsbtMap {
  const map = new Map<number, Uint8Array>();
  for (;;) {
    const keyLength = reader.compactSize();
    if (keyLength === 0) return map;
    const key = reader.bytes(keyLength);
    const value = reader.bytes(reader.compactSize());
    if (keyLength === 1 && key[0] !== undefined) map.set(key[0], value);
  }
}

/** A count from outside: each map takes a byte at least, so what is not there ends the reading. */
function readMaps(reader: WireReader, count: number): readonly PsbtMap[] {
  const maps: PsbtMap[] = [];
  for (let nth = 0; nth < count; nth++) maps.push(readMap(reader));
  return maps;
}

function countOf(value: Uint8Array): number {
  return new WireReader(value, 'psbt count').compactSize();
}

function field(map: PsbtMap, type: number, length?: number): Uint8Array {
  const value = map.get(type);
  if (value === undefined || (length !== undefined && value.length !== length)) {
    throw new Error(`"psbt" expected field 0x${type.toString(16)}, got none such`);
  }
  return value;
}

function compactSize(size: number): Uint8Array {
  if (size < 0xfd) return Uint8Array.of(size);
  const bytes = new Uint8Array(5);
  bytes[0] = 0xfe;
  new DataView(bytes.buffer).setUint32(1, size, true);
  return size <= 0xffff ? Uint8Array.of(0xfd, size & 0xff, size >> 8) : bytes;
}
