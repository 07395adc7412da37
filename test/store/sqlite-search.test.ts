import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { KnownValues, lastAtOrBelow } from '../../src/store/sqlite/search.ts';
import { randomNumbers, sampleEvents, seedOfRun, temporaryDirectory } from './sample-events.ts';

const test = suite('looking for a time in a stream');
const directory = temporaryDirectory();

test('what was read before changes no answer, while values are added at the end', () => {
  const random = randomNumbers(seedOfRun());
  for (let round = 0; round < 40; round++) {
    const values: bigint[] = [];
    const known = new KnownValues();
    for (let search = 0; search < 120; search++) {
      const last = values.at(-1) ?? 0n;
      // Several at one time, and pauses.
      const step = BigInt(random(3) === 0 ? random(1000) : random(3));
      values.push(last + step);
      const limit = BigInt(random(Number(last) + 20)) - 5n;
      const found = lastAtOrBelow(limit, values.length - 1, (at) => values[at] ?? -1n, known);
      assert.is(
        found,
        values.findLastIndex((value) => value <= limit),
      );
    }
  }
});

test('a stream that was searched before is searched in fewer readings', () => {
  const values = Array.from({ length: 100_000 }, (_, index) => BigInt(index * index));
  const readings = (limit: bigint, known?: KnownValues) => {
    let count = 0;
    const valueAt = (index: number) => {
      count += 1;
      return values[index] ?? -1n;
    };
    lastAtOrBelow(limit, values.length - 1, valueAt, known);
    return count;
  };
  const random = randomNumbers(seedOfRun());
  const limits = Array.from({ length: 400 }, () => BigInt(random(10 ** 10)));
  const known = new KnownValues();
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  const [fresh, again] = [
    sum(limits.map((limit) => readings(limit))),
    sum(limits.map((limit) => readings(limit, known))),
  ];
  assert.ok(again < fresh * 0.75, `${again} of ${fresh}`);
});

test('one reading sees one state of the file, whoever writes meanwhile, and the next one sees more', async () => {
  const path = join(directory, 'one-reading.db');
  const [reader, writer, witness] = [1, 2, 3].map(() => openSqliteStore(path));
  if (!reader || !writer || !witness) throw new Error('three were opened');
  writer.setMeta('fact', 'before');
  const within = reader.inOneReading(() => {
    const first = reader.getMeta('fact');
    writer.setMeta('fact', 'after');
    assert.is(witness.getMeta('fact'), 'after');
    return [first, reader.getMeta('fact')];
  });
  assert.equal(within, ['before', 'before']);
  assert.is(reader.getMeta('fact'), 'after');
  await Promise.all([reader, writer, witness].map((store) => store.close()));
});

test('what is thrown inside a reading comes out as it is, and the store goes on', async () => {
  const store = openSqliteStore(join(directory, 'thrown.db'));
  const thrown = new RangeError('of the work');
  assert.throws(
    () =>
      store.inOneReading(() => {
        throw thrown;
      }),
    (error: unknown) => error === thrown,
  );
  await store.append('a', sampleEvents(0, 1), { expectedRevision: NO_STREAM });
  assert.is(
    store.inOneReading(() => store.inOneReading(() => store.streamHead('a')?.revision)),
    0,
  );
  await store.close();
});

test.run();
