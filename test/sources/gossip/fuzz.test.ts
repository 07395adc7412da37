/** Any bytes whatever: a store is read or refused, and nothing else ever comes of it. */
import { suite } from 'uvu';
import { is, ok } from 'uvu/assert';
import { crc32c } from '../../../src/sources/gossip/crc32c.ts';
import { gossipImporter } from '../../../src/sources/gossip/importer.ts';
import { StoreRecords } from '../../../src/sources/gossip/store-records.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { recorderOf } from '../../ledger/recording.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { damaged, type Random } from '../damage.ts';
import { fileOf, imported } from '../importing.ts';
import { COMPLETED, realStore, recordBytes } from './stores.ts';

const fuzz = suite('a damaged gossip store');
const CASES = 1000 * soakFactor();
const seed = seedOfRun();

/** The messages of the mesh, each a few hundred bytes. */
const messages = messagesOf(realStore('regtest-mesh-3x3'));

function messagesOf(store: Uint8Array): readonly Uint8Array[] {
  const records = [...new StoreRecords(15, 'mesh').take(store.subarray(1))];
  return records.map(({ message }) => Uint8Array.from(message));
}

/** A few records of either layout; some damaged within a record whose checksum is right again. */
function someStore(random: Random): Buffer {
  const version = 9 + random(12);
  const records = Array.from({ length: 1 + random(4) }, () => {
    const whole = messages[random(messages.length)] ?? new Uint8Array(0);
    const message = random(3) === 0 ? damaged(whole, random).subarray(0, 65_535) : whole;
    const timestamp = random(2 ** 32);
    const flags = random(8) === 0 ? random(0x10000) : COMPLETED;
    if (version > 9) return recordBytes({ message, timestamp, flags });
    const header = Buffer.alloc(12);
    header.writeUInt32BE(message.length + random(4) * 0x40000000, 0);
    header.writeUInt32BE(crc32c(timestamp, message), 4);
    header.writeUInt32BE(timestamp, 8);
    return Buffer.concat([header, message]);
  });
  const store = Buffer.concat([Buffer.of(version), ...records]);
  return random(2) === 0 ? damaged(store, random) : store;
}

fuzz('is read as far as it is whole, or refused in a sentence', async () => {
  const random = randomNumbers(seed);
  const recorder = recorderOf(new MemoryStore());
  let told = 0;
  for (let nth = 0; nth < CASES; nth++) {
    const path = fileOf('fuzz', someStore(random));
    try {
      const { observations } = await imported(gossipImporter, [path]);
      told += observations.length;
      // Whatever was read the ledger can keep, as a fact or in quarantine.
      const report = await recorder.record(observations);
      is(report.observations, observations.length);
    } catch (error) {
      if (!(error instanceof ImportError))
        throw new Error(`case ${nth}: ${String(error)}`, { cause: error });
      ok(/^[^\n]{10,400}$/.test(error.message), error.message);
    }
  }
  ok(told > CASES / 4, `only ${told} were read: the damage hides what is to be tested`);
});

fuzz('gives the same records in however many pieces it comes', () => {
  const random = randomNumbers(seed + 1);
  for (let nth = 0; nth < CASES; nth++) {
    const bytes = someStore(random);
    const minor = 9 + random(12);
    const cut = random(bytes.length + 1);
    const whole = recordsIn(minor, [bytes.subarray(1)]);
    const pieces = [bytes.subarray(1, 1 + cut), bytes.subarray(1 + cut)];
    is(recordsIn(minor, pieces), whole, `case ${nth}`);
  }
});

/** As text: where each begins, what it is, and how it all ends. */
function recordsIn(minor: number, chunks: readonly Uint8Array[]): string {
  const records = new StoreRecords(minor, 'store');
  const lines: string[] = [];
  try {
    for (const chunk of chunks) {
      for (const { number, byte, type, isSound, message } of records.take(chunk)) {
        lines.push(`${number} ${byte} ${type} ${isSound} ${message.length}`);
      }
    }
    lines.push(`${records.byte} and ${records.unfinishedBytes}`);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    lines.push(error.message);
  }
  return lines.join('\n');
}

fuzz.run();
