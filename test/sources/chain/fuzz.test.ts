/** Any text whatever: transactions are read or refused, and nothing else ever comes of it. */
import { suite } from 'uvu';
import { is, ok } from 'uvu/assert';
import { chainImporter } from '../../../src/sources/chain/importer.ts';
import { JsonDocuments } from '../../../src/sources/chain/json-documents.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { recorderOf } from '../../ledger/recording.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { damaged, type Random } from '../damage.ts';
import { fileOf, imported } from '../importing.ts';
import { channel, knowing, life, scid } from './bolt3-chain.ts';

const fuzz = suite('damaged transactions');
const CASES = 1000 * soakFactor();
const seed = seedOfRun();

const HOSTILE: readonly unknown[] = [
  null,
  -1,
  0,
  1e308,
  2 ** 53,
  0xffffff + 1,
  '',
  'ab'.repeat(40),
  '\u0000\u001b[31m\u202e',
  [],
  {},
  [[[]]],
  true,
];
const known = knowing({ ...channel, shortChannelIds: [scid] });

/** Some of the documents, perhaps one member of one of them another value, perhaps bytes damaged. */
function someText(random: Random): Buffer {
  const documents = life
    .filter(() => random(5) > 0)
    .map((document) => (random(8) === 0 ? withHostile(document, random) : document));
  if (random(3) === 0) documents.sort(() => random(3) - 1);
  const text = documents.map((one) => JSON.stringify(one, null, random(3))).join('\n');
  const bytes = Buffer.from(random(6) === 0 ? `{"transactions":[${text}` : text);
  return random(2) === 0 ? damaged(bytes, random) : bytes;
}

function withHostile(document: object, random: Random): object {
  const names = Object.keys(document);
  const name = names[random(names.length)] ?? 'txid';
  return { ...document, [name]: HOSTILE[random(HOSTILE.length)] };
}

fuzz('are read as far as they are whole, or refused in a sentence', async () => {
  const random = randomNumbers(seed);
  let told = 0;
  for (let nth = 0; nth < CASES; nth++) {
    const path = fileOf('fuzz', someText(random));
    try {
      const { observations, report } = await imported(chainImporter, [path], { known });
      told += observations.length;
      for (const { reason } of report.bad.named) ok(/^\P{Cc}{5,300}$/u.test(reason), reason);
      const recorded = await recorderOf(new MemoryStore()).record(observations);
      is(recorded.observations, observations.length);
    } catch (error) {
      if (!(error instanceof ImportError))
        throw new Error(`case ${nth}: ${error}`, { cause: error });
    }
  }
  ok(told > CASES, `only ${told} were read: the damage hides what is to be tested`);
});

fuzz('are cut into the same documents in however many pieces they come', () => {
  const random = randomNumbers(seed + 1);
  for (let nth = 0; nth < CASES; nth++) {
    const bytes = someText(random);
    const pieces: Uint8Array[] = [];
    for (let rest: Buffer = bytes; rest.length > 0; ) {
      const length = 1 + random(rest.length);
      pieces.push(Uint8Array.from(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    is(documentsIn(pieces), documentsIn([bytes]), `case ${nth}`);
  }
});

function documentsIn(chunks: readonly Uint8Array[]): string {
  const documents = new JsonDocuments('file');
  const lines = chunks.flatMap((chunk) =>
    [...documents.take(chunk)].map(({ number, byte, bytes }) => {
      return `${number} ${byte} ${bytes === undefined ? 'none' : Buffer.from(bytes).toString('latin1')}`;
    }),
  );
  return [...lines, documents.openPlace ?? 'end'].join('\n');
}

fuzz('of an object that never ends are refused before they fill the memory', async () => {
  const path = fileOf('endless', `{"a":"${'x'.repeat(40 * 1024 * 1024)}`);
  const { failure } = await imported(chainImporter, [path], { known });
  ok(/endless object 1 \(byte 0\) is longer than any record/.test(failure ?? ''), failure);
});

fuzz('that a parser would make too much of are refused before they are parsed', async () => {
  const deep = fileOf('deep', `{"vin":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  const { failure: ofDeep } = await imported(chainImporter, [deep], { known });
  is(ofDeep, `${deep} object 1 (byte 0) is more than 64 deep: no record is`);
  const many = fileOf('many', `{"vin":[${'[],'.repeat(600_000)}1]}`);
  const { failure: ofMany } = await imported(chainImporter, [many], { known });
  is(ofMany, `${many} object 1 (byte 0) holds more values than any record`);
});

fuzz.run();
