/**
 * No secret of the demo stands anywhere in plain: each is searched for in the events' fields, names, ids
 * and evidence, in rows and snapshots, and in what is said of observations that were refused.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observationText, parseObservation } from '../../src/ledger/observation-json.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { SchemaError } from '../../src/schema/codec.ts';
import type { KeptRow, StoredEvent } from '../../src/store/event-store.ts';
import { memoryLedger, playedObservations } from './play.ts';

const sealed = suite('a secret of the demo');

/** Long enough that none is found by chance. */
const LEAST_HEX_DIGITS = 40;
/** The parts of an observation that the ledger seals: see `sealed` in src/channel/events.ts. */
const SECRET_FIELDS = new Set([
  'paymentHash',
  'preimage',
  'secret',
  'script',
  'scripts',
  'localDeliveryScript',
  'remoteDeliveryScript',
]);

const run = await playedObservations('sealed');
const secrets = new Map<string, string>();
for (const observation of run) collect(observation, undefined);
/** A raw gossip message or a transaction's id is no secret, and holds none. */
const kindByPart = new Map(
  [...secrets].flatMap(([value, kind]) => partsOf(value).map((part) => [part, kind] as const)),
);

const ledger = await memoryLedger('sealed');
await ledger.recordBatch(run);
await ledger.stats();

sealed('of every kind is there to be searched for', () => {
  const kinds = Map.groupBy(secrets.values(), (kind) => kind);
  const counts = Object.fromEntries([...kinds].map(([kind, all]) => [kind, all.length]));
  console.log(`\n${JSON.stringify(counts)}`);
  // A closing script is a shutdown's or an opening's too, and counted once.
  for (const [kind, least] of [
    ['paymentHash', 50],
    ['preimage', 50],
    ['secret', 200],
    ['scripts', 5],
  ] as const) {
    assert.ok((counts[kind] ?? 0) >= least, kind);
  }
});

sealed('is in no plain field, name, id or evidence of an event', async () => {
  let boxes = 0;
  for (const stored of ledger.store.allEvents()) {
    const { text, hasBox } = plainTextOf(stored);
    if (hasBox) boxes++;
    assertNone(text, `${stored.type} ${stored.id}`);
  }
  assert.ok(boxes > 500, 'there are sealed values');
});

sealed('is in no row and no snapshot', async () => {
  const kept: KeptRow[] = ['channel', 'peer', 'node', 'gossip'].flatMap((projection) => [
    ...ledger.store.keptRows(projection),
    ...ledger.store.keptSnapshots(projection),
  ]);
  assert.ok(kept.length > 20);
  for (const { json, projection, stream } of kept) assertNone(json, `${projection} of ${stream}`);
});

sealed('is in no answer', () => {
  const answers = [
    ledger.channels(),
    ledger.closed(),
    ledger.peers(),
    ledger.fees(),
    ledger.forwards(),
    ledger.problems(),
  ];
  for (const answer of answers) assertNone(textOf(answer), 'an answer');
});

sealed('is not told of when its observation is refused', async () => {
  const refusing = await memoryLedger('sealed');
  // Every second one is told wrong, so that each of its rules has something to say.
  const report = await refusing.recordBatch(run.map(spoilt));
  assert.ok(report.quarantined > 40, `${report.quarantined} refused`);
  for (const stored of refusing.store.allEvents())
    assertNone(plainTextOf(stored).text, stored.type);
  const problems = refusing.problems();
  const rules = new Set(problems.map(({ rule }) => rule));
  assert.ok(rules.size >= 3, [...rules].join());
  assertNone(textOf(problems), 'problems');
});

sealed('is not told of when its observation cannot be read', () => {
  let refused = 0;
  for (const observation of run) {
    const text = observationText(observation);
    // Every secret with two letters more: no longer hex of its length.
    const broken = text.replace(/"([0-9a-f]{40,})"/g, (whole, hex: string) => {
      return secrets.has(hex) ? `"${hex}zz"` : whole;
    });
    if (broken === text) continue;
    try {
      parseObservation(JSON.parse(broken));
      assert.unreachable(`${observation.fact.type} was read`);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      assertNone(`${error.message} ${error.stack}`, 'an error');
      refused++;
    }
  }
  assert.ok(refused > 500, `${refused} refused`);
});

sealed.run();

/** Gathers the values of secret fields, however deep they stand. */
function collect(value: unknown, field: string | undefined): void {
  if (typeof value === 'string') {
    const isSecret = field !== undefined && SECRET_FIELDS.has(field);
    if (isSecret && value.length >= LEAST_HEX_DIGITS) secrets.set(value, field);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    collect(part, Array.isArray(value) ? field : name);
  }
}

/** Any part of a secret is a leak too. */
function assertNone(text: string, where: string): void {
  for (const [hex] of text.matchAll(/[0-9a-f]{40,}/g)) {
    for (const part of partsOf(hex)) {
      assert.is(kindByPart.get(part), undefined, `${where} holds ${part}`);
    }
  }
}

function partsOf(hex: string): readonly string[] {
  const count = Math.max(0, hex.length - LEAST_HEX_DIGITS + 1);
  return Array.from({ length: count }, (_, at) => hex.slice(at, at + LEAST_HEX_DIGITS));
}

/** All of an event but its sealed box, which only the key opens. */
function plainTextOf(stored: StoredEvent): { readonly text: string; readonly hasBox: boolean } {
  const { stream, id, type, data, metadata } = stored;
  const { sealed: box, ...plain } = JSON.parse(data) as { readonly sealed?: { box?: string } };
  const text = [stream, id, type, metadata, JSON.stringify(plain)].join('\n');
  return { text, hasBox: box?.box !== undefined };
}

function textOf(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** The same observation with an amount, number or id that contradicts the others. */
function spoilt(observation: Observation, index: number): Observation {
  if (index % 2 === 0 || observation.about !== 'channel') return observation;
  const { fact } = observation;
  switch (fact.type) {
    case 'CommitmentSeen': {
      const htlcs = fact.data.htlcs.map((htlc) => ({ ...htlc, amountMsat: htlc.amountMsat + 1n }));
      const stated = { localSat: 1n, remoteSat: 2n };
      return { ...observation, fact: { ...fact, data: { ...fact.data, htlcs, stated } } };
    }
    case 'HtlcSettled':
    case 'HtlcFailed':
      return {
        ...observation,
        fact: { ...fact, data: { ...fact.data, id: 9_999 } } as typeof fact,
      };
    case 'ChannelClosed':
      return { ...observation, fact: { ...fact, data: { ...fact.data, feeSat: 1n } } };
    case 'CommitmentRevoked':
      return {
        ...observation,
        fact: { ...fact, data: { ...fact.data, number: fact.data.number } },
      };
    default:
      return observation;
  }
}
