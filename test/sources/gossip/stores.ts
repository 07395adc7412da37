/** gossip_stores made of messages, and the real ones. */
import { crc32c } from '../../../src/sources/gossip/crc32c.ts';
import { unzippedFixture } from '../../lightning/fixtures.ts';
import { fileOf } from '../importing.ts';

export const realStore = (name: string) => unzippedFixture(`gossip/${name}.gossip_store.gz`);

export interface StoredMessage {
  readonly message: Uint8Array;
  readonly flags?: number;
  readonly timestamp?: number;
  readonly crc?: number;
}

export const COMPLETED = 0x2000;

/** A record of version 10 or later. */
export function recordBytes({
  message,
  flags = COMPLETED,
  timestamp = 0,
  crc = crc32c(timestamp, message),
}: StoredMessage): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(flags, 0);
  header.writeUInt16BE(message.length, 2);
  header.writeUInt32BE(crc, 4);
  header.writeUInt32BE(timestamp, 8);
  return Buffer.concat([header, message]);
}

export function storeBytes(records: readonly StoredMessage[], version = 15): Buffer {
  return Buffer.concat([Buffer.of(version), ...records.map(recordBytes)]);
}

export function storeOf(records: readonly StoredMessage[], version = 15): string {
  return fileOf('made.gossip_store', storeBytes(records, version));
}

export function amountMessage(capacitySat: bigint): Buffer {
  const message = Buffer.alloc(10);
  message.writeUInt16BE(4101, 0);
  message.writeBigUInt64BE(capacitySat, 2);
  return message;
}
