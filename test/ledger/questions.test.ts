/** What a program asks in a form that is not understood is refused, never answered as of now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import { equal, is, match, ok, throws, unreachable } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { parseObservation } from '../../src/ledger/observation-json.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { QuestionError } from '../../src/ledger/query.ts';

const ledger = await openLedger(MEMORY);
const example = join(import.meta.dirname, '..', '..', 'docs', 'observations.ndjson');
const observations = readFileSync(example, 'utf8').trim().split('\n');
await ledger.record(observations.map((line) => parseObservation(JSON.parse(line))));
const [channel] = ledger.closed();
const { channelId = '', nodeId = '' } = channel ?? {};
const [stream = ''] = ledger.store.streamNames('channel-');
test.after(() => ledger.close());

function refused(question: () => unknown): string {
  try {
    question();
  } catch (error) {
    ok(error instanceof QuestionError, String(error));
    is(error.kind, 'wrong');
    return error.message;
  }
  unreachable('it was answered');
  return '';
}

const misunderstood: readonly (readonly [query: unknown, says: RegExp])[] = [
  [{ at: '2026-03-14T15:09:26Z' }, /"2026-03-14T15:09:26Z" is no moment: write \{ kind: 'time'/],
  [{ at: 'garbage' }, /"garbage" is no moment: write /],
  [{ at: new Date(0) }, /a Date is no moment/],
  [{ at: 1n }, /1n is no moment/],
  [{ at: null }, /null is no moment/],
  [{ at: { kind: 'bogus' } }, /the kind "bogus" is no moment/],
  [{ at: { kind: 'time' } }, /timeNs takes nanoseconds since 1970 as a bigint/],
  [{ at: { kind: 'time', timeNs: 1 } }, /timeNs takes nanoseconds .* not 1$/],
  [{ at: { kind: 'height', height: -1 } }, /height takes a whole number, like 123, not -1/],
  [{ at: { kind: 'position', position: 1.5 } }, /position takes a whole number/],
  [{ at: { kind: 'position', position: '7' } }, /position takes a whole number/],
  [{ at: { kind: 'commitment', side: 'ours', number: 1 } }, /is no moment: write /],
  [{ knownAt: '2020-01-01' }, /a question has no "knownAt": write knownAtNs/],
  [{ knownAtNs: '2020-01-01' }, /knownAtNs takes nanoseconds/],
  [{ node: 'alice' }, /a question has no "node": write nodeId/],
  [{ constructor: 1 }, /a question has no "constructor": write at, knownAtNs/],
  [{ nodeId: 7 }, /nodeId takes a name, not 7/],
  [{ source: '' }, /source takes a name/],
  ['now', /a question is an object like \{ at: … \}, not "now"/],
  [null, /a question is an object/],
];

test('a question that is not understood is refused, and says which form is wanted', () => {
  for (const [query, says] of misunderstood) {
    const asked = query as object;
    match(
      refused(() => ledger.channels(asked)),
      says,
    );
  }
});

test('every question is held to the same', () => {
  const at = { at: 'garbage' } as object;
  const questions: readonly (() => unknown)[] = [
    () => ledger.channels(at),
    () => ledger.closed(at),
    () => ledger.channel(channelId, at),
    () => ledger.peers(at),
    () => ledger.history(channelId, at),
    () => ledger.fees(undefined, at),
    () => ledger.forwards(at),
    () => ledger.forwardSums('day', at),
    () => ledger.balances(channelId, at),
    () => ledger.problems(at),
    () => ledger.rows.all(channelProjection, at),
    () => ledger.rows.one(channelProjection, stream, at),
  ];
  for (const question of questions) match(refused(question), /"garbage" is no moment/);
  match(
    refused(() => ledger.history(channelId, { types: 'HtlcAdded' } as object)),
    /types takes a list of names/,
  );
});

test('what is clear is answered: a count as a bigint, and what is left open', () => {
  const at = (position: unknown) => ({ at: { kind: 'position', position } }) as object;
  equal(ledger.channels(at(9n)), ledger.channels(at(9)));
  match(
    refused(() => ledger.channels(at(700n))),
    /there is no position 700/,
  );
  const open = { at: undefined, nodeId: undefined } as object;
  equal(ledger.closed(open), ledger.closed());
  is(ledger.closed({ nodeId }).length, 1);
});

test('rows know nodes, sources and positions as other questions do', () => {
  const rows = ledger.rows.all(channelProjection);
  is(rows.length, 1);
  equal(ledger.rows.all(channelProjection, { nodeId: nodeId.slice(0, 8) }), rows);
  equal(ledger.rows.one(channelProjection, stream, { nodeId: nodeId.slice(0, 8) }), rows[0]);
  const revision = { at: { kind: 'revision', revision: 3 } } as const;
  is(ledger.rows.one(channelProjection, stream, revision)?.revision, 3);
  match(
    refused(() => ledger.rows.all(channelProjection, revision)),
    /a revision belongs to one channel/,
  );
  const beyond = { at: { kind: 'position', position: 700 } } as const;
  match(
    refused(() => ledger.rows.one(channelProjection, stream, beyond)),
    /there is no position 700/,
  );
  throws(
    () => ledger.rows.all(channelProjection, { source: 'nobody' }),
    /no source of this ledger/,
  );
});

test.run();
