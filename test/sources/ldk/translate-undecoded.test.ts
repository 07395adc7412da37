/** What LDK wrote and this release cannot read is kept, sealed, and recording goes on (DESIGN §2, 3). */
import { suite } from 'uvu';
import { equal, is, not } from 'uvu/assert';
import { observationText, parseObservation } from '../../../src/ledger/observation-json.ts';
import { openQuarantine } from '../../../src/ledger/quarantine.ts';
import { ChannelId, NodeId } from '../../../src/lightning/ids.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { LdkTranslator } from '../../../src/sources/ldk/translate/translator.ts';
import { undecoded as undecodedFact } from '../../../src/sources/ldk/translate/undecoded.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { eventsOf, keyringOf, recorderOf } from '../../ledger/recording.ts';
import { START_NS } from '../../ledger/story.ts';

const undecoded = suite('a record of LDK that cannot be read');

const node = NodeId(`02${'aa'.repeat(32)}`);
/** A preimage that damage has put where another field belongs. */
const secret = 'c0ffee'.repeat(8);
const records: readonly TapRecord[] = [
  {
    node,
    seq: 0,
    at: START_NS,
    kind: 'undecoded',
    channelId: null,
    what: 'monitor update of 11…:0',
    why: `"nodeId" expected 33 bytes in hex, got "${secret.slice(0, 40)}…"`,
    raw: `0102${secret}`,
  },
  { node, seq: 1, at: START_NS + 1000n, kind: 'feerate', target: 'sweep', feeratePerKw: 253 },
];
const told = () => {
  const translator = new LdkTranslator('regtest');
  return records.flatMap((record) => translator.translate(record));
};

undecoded('goes to quarantine with its bytes, and what follows is recorded', async () => {
  const store = new MemoryStore();
  const report = await recorderOf(store).record(told());
  equal(report, { observations: 2, events: 2, known: 0, quarantined: 1 });
  const [kept, ...others] = openQuarantine(store, keyringOf(store));
  equal(others, []);
  const fact = kept?.event.fact;
  if (fact?.type !== 'ObservationQuarantined') throw new Error(`${fact?.type}`);
  const { observationId: _, ...data } = fact.data;
  equal(data, {
    about: `node-regtest.${node}.ldk`,
    type: 'RecordUndecoded',
    rule: 'record-readable',
    detail:
      'monitor update of 11…:0: 26 bytes that cannot be read: "nodeId" expected 33 bytes in hex',
    happenedAt: '2026-01-01T00:00:00.000000000Z',
  });
  equal(kept?.event.metadata.evidence, 'undecoded/0');
  equal(kept?.observation?.fact, {
    type: 'RecordUndecoded',
    data: {
      what: 'monitor update of 11…:0',
      why: '"nodeId" expected 33 bytes in hex',
      byteCount: 26,
    },
    secret: { raw: `0102${secret}` },
  });
});

undecoded('is known when it is told again', async () => {
  const store = new MemoryStore();
  await recorderOf(store).record(told());
  const again = await recorderOf(store).record(told());
  equal(again.events, 0);
  is((await eventsOf(store)).length, 2);
});

undecoded('has no byte of its content in any plain field', async () => {
  const store = new MemoryStore();
  await recorderOf(store).record(told());
  for (const { data, metadata } of await eventsOf(store)) {
    const text = Buffer.from(data).toString() + Buffer.from(metadata).toString();
    not.match(text, secret.slice(0, 16));
  }
});

const channelId = ChannelId('11'.repeat(32));

undecoded('is sealed with the key of its channel, and goes when that is purged', async () => {
  const store = new MemoryStore();
  const keyring = keyringOf(store);
  const [record] = records;
  const observations = new LdkTranslator('regtest').translate({
    ...record,
    channelId,
  } as TapRecord);
  await recorderOf(store, keyring).record(observations);
  const [kept] = openQuarantine(store, keyring);
  if (kept?.event.fact?.type !== 'ObservationQuarantined') throw new Error('it is not kept');
  is(kept.event.fact.data.about, `channel-${node}.${channelId}.ldk`);
  is(kept.observation?.about, 'node');
  keyring.destroy(`channel/${node}/${channelId}`);
  is(openQuarantine(store, keyring)[0]?.observation, undefined);
});

undecoded('is of the channel with whose id its bytes begin, where that is known', () => {
  const told = (raw: string, known: readonly string[]) => {
    const record = { ...records[0], raw } as Extract<TapRecord, { readonly kind: 'undecoded' }>;
    const fact = undecodedFact(record, (id) => known.includes(id));
    return fact.type === 'RecordUndecoded' ? fact.data.channelId : fact.type;
  };
  is(told(`${channelId}0102`, [channelId]), channelId);
  is(told(`${channelId}0102`, []), undefined);
  is(told('0102', [channelId]), undefined);
});

undecoded('can be told by a program of the user in the same words', () => {
  const [observation] = told();
  if (observation === undefined) throw new Error('nothing was told');
  equal(parseObservation(JSON.parse(observationText(observation))), observation);
});

undecoded.run();
