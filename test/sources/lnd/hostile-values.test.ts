/** Whole databases that lnd never wrote: values that are too short, empty, or full of huge numbers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BboltWriter } from '../../../scripts/bench/bbolt-writer.ts';
import { BoltFile } from '../../../src/sources/lnd/database/bbolt.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { fileOf, readDatabase, realFile } from './importing.ts';

const CASES = 100 * soakFactor();
const random = randomNumbers(seedOfRun());
const place = fileOf('channel.db', '');
const sources = ['chantools-open-channels', 'closed-channels'].map((name) =>
  BoltFile.open(realFile(`${name}.channel.db`)),
);

type ValueFor = (key: Uint8Array, value: Uint8Array) => Uint8Array;

/** The database with other values, whole in all else. */
function rewritten(source: BoltFile, valueFor: ValueFor): string {
  const writer = new BboltWriter(place);
  writer.end(
    [...source.top().buckets()].map(({ key, bucket }) => writer.copied(key, bucket, valueFor)),
  );
  return place;
}

const values = suite('a value of a hostile database');

values('is read as it was where nothing was changed', () => {
  const counts = sources.map((source) => readDatabase(rewritten(source, (_, value) => value)));
  assert.equal(counts[0], 46);
  assert.ok(Number(counts[1]) > 0);
});

values('is no fault of the reader where it is too short for what it is, whichever it is', () => {
  for (const source of sources) {
    const names = new Set<string>();
    rewritten(source, (key, value) => {
      names.add(nameOf(key));
      return value;
    });
    // That of its schema's version is four bytes.
    assert.ok(names.has('dbp'));
    for (const name of names) {
      for (const length of [0, 1, 3, 7]) {
        const answer = readDatabase(
          rewritten(source, (key, value) => {
            return nameOf(key) === name ? value.subarray(0, length) : value;
          }),
        );
        assert.ok(typeof answer === 'number', `${name}, ${length} bytes: ${String(answer)}`);
      }
    }
  }
});

/** Names of fields are words; other keys are numbers and hashes. */
const nameOf = (key: Uint8Array): string => {
  const name = Buffer.from(key).toString('latin1');
  return /^[a-z][ -~]*\0?$/.test(name) ? name : 'a number or hash';
};

values(`is no fault of the reader in any of ${CASES} databases with wrong ones`, () => {
  for (let nth = 0; nth < CASES; nth++) {
    const source = sources[random(sources.length)];
    if (source === undefined) throw new Error('no database');
    rewritten(source, (_, value) => (random(40) === 0 ? wrong(value) : value));
    assert.ok(readDatabase(place) !== undefined);
  }
});

function wrong(value: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(value);
  const at = random(value.length + 1);
  const width = random(9);
  switch (random(4)) {
    case 0:
      return changed.subarray(0, at);
    case 1:
      return changed.fill(0xff, at, at + width);
    case 2:
      return changed.fill(0, at, at + width);
    default:
      return Buffer.concat([changed, changed.subarray(0, at)]);
  }
}

values.run();
