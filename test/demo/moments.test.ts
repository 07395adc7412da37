/** A ledger asked of a moment that has passed answers as it did then, and says what it knew then. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Query } from '../../src/ledger/query.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { timeNsOf } from '../../src/schema/time.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { answersOf, differences } from './answers.ts';
import { memoryLedger, playedObservations, playInto } from './play.ts';

const past = suite('a moment of the past');
const late = suite('a fact told late');

interface Live {
  readonly title: string;
  readonly position: number;
  /** When the newest event happened. */
  readonly timeNs: bigint;
  readonly answers: ReadonlyMap<string, string>;
  readonly shown: ReadonlyMap<string, string>;
}

const MOMENTS = 10;
const live: Live[] = [];
const ledger = await openLedger(join(temporaryDirectory(), 'ledger.db'), {
  create: true,
  seed: 'moments',
});
let steps = 0;
await playInto(ledger, {
  seed: 'moments',
  async onStep(title) {
    // Nodes are started in the first act, so there is nothing to ask before.
    if (++steps > 2 && live.length < MOMENTS) live.push(await now(ledger, title));
  },
});
const afterwards = await now(ledger, 'the end');

for (const { title, position, timeNs, answers, shown } of live) {
  past(`by position answers as it did live: ${title}`, () => {
    const at: Query = { at: { kind: 'position', position } };
    assert.equal(differences(answers, answersOf(ledger, at)), []);
    assert.equal(Object.fromEntries(showAll(ledger, at)), Object.fromEntries(shown));
  });

  past(`by time answers as it did live: ${title}`, () => {
    const at: Query = { at: { kind: 'time', timeNs } };
    assert.equal(differences(answers, answersOf(ledger, at)), []);
    assert.equal(Object.fromEntries(showAll(ledger, at)), Object.fromEntries(shown));
  });
}

past('differs from every other moment, and by time or position there is none in between', () => {
  assert.is(live.length, MOMENTS);
  for (const [nth, { answers, timeNs, position }] of [...live, afterwards].entries()) {
    const before = live[nth - 1];
    if (before === undefined) continue;
    assert.ok(timeNs > before.timeNs && position > before.position);
    assert.ok(differences(before.answers, answers).length > 0);
  }
});

past('is not changed by rebuilding every row', async () => {
  await ledger.rebuild();
  const moment = live.at(-1);
  assert.ok(moment);
  const { position, answers } = moment;
  const at: Query = { at: { kind: 'position', position } };
  assert.equal(differences(answers, answersOf(ledger, at)), []);
  assert.equal(differences(afterwards.answers, answersOf(ledger)), []);
  await ledger.close();
});

late('changes what happened by then, and not what was known by then', async () => {
  const run = await playedObservations('late fact');
  const index = run.findLastIndex(isSettlingCommitment);
  const told = run[index];
  assert.ok(told);
  const incomplete = await memoryLedger('late fact');
  await incomplete.recordBatch(run.filter((_, other) => other !== index));
  const timeNs = told.happenedAtNs + 1n;
  const knownAtNs = run.at(-1)?.recordedAtNs ?? 0n;
  const at: Query = { at: { kind: 'time', timeNs } };
  const before = answersOf(incomplete, at);

  await incomplete.recordBatch([
    { ...told, timeBasis: 'source', recordedAtNs: knownAtNs + 60_000_000_000n },
  ]);
  const after = answersOf(incomplete, at);
  const changed = differences(before, after);
  assert.ok(
    changed.some((place) => /local\/number$/.test(place)),
    changed.join(),
  );
  const ofAll = await memoryLedger('late fact');
  await ofAll.recordBatch(run);
  assert.equal(differences(answersOf(ofAll, at), after), [], 'by time: as if told in time');
  const known = answersOf(incomplete, { ...at, knownAtNs });
  assert.equal(differences(before, known), [], 'as known before it was told');
  const position = Number(await incomplete.store.lastCheckpoint());
  const cut = answersOf(incomplete, { at: { kind: 'position', position: position - 1 } });
  assert.ok(differences(answersOf(incomplete), cut).length > 0, 'a position cuts what was known');
});

past.run();
late.run();

/** Of our own commitment, so that the balance shown changes. */
function isSettlingCommitment({ fact }: Observation): boolean {
  const isOurs = fact.type === 'CommitmentSeen' && fact.data.side === 'local';
  return isOurs && fact.data.removed.some(({ outcome }) => outcome === 'settled');
}

async function now(asked: Ledger, title: string): Promise<Live> {
  const position = Number(await asked.store.lastCheckpoint());
  let timeNs = 0n;
  for await (const { metadata } of asked.store.readAll()) {
    const { happenedAt } = JSON.parse(metadata) as { readonly happenedAt: string };
    const atNs = timeNsOf(happenedAt);
    if (atNs > timeNs) timeNs = atNs;
  }
  const answers = answersOf(asked);
  return { title, position, timeNs, answers, shown: showAll(asked) };
}

/** `show` of every channel that is there, by its funding outpoint. */
function showAll(asked: Ledger, query: Query = {}): ReadonlyMap<string, string> {
  const views = [...asked.channels(query), ...asked.closed(query)];
  return new Map(
    views.map(({ fundingOutpoint = '', nodeId }) => {
      const shown = asked.channel(fundingOutpoint, { ...query, nodeId });
      const text = JSON.stringify(shown, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      return [`${nodeId} ${fundingOutpoint}`, text];
    }),
  );
}
