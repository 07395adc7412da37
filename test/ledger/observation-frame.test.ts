import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { channelStory, opening } from './story.ts';

const frame = suite('an observation that makes no stream');

const told = channelStory(opening);
const wrongFields: readonly (readonly [changes: object, field: string])[] = [
  [{ chain: 'bit coin' }, 'chain'],
  [{ nodeId: 'ab' }, 'nodeId'],
  [{ source: 'a.b' }, 'source'],
  [{ source: undefined }, 'source'],
  [{ channelId: 'AB'.repeat(32) }, 'channelId'],
  [{ about: 'weather' }, 'about'],
  [{ about: 'peer', peerId: 7 }, 'peerId'],
  [{ about: 'gossip', shortChannelId: '1.2.3' }, 'shortChannelId'],
  [{ happenedAtNs: 5 }, 'happenedAtNs'],
  [{ recordedAtNs: 2n ** 63n }, 'recordedAtNs'],
  [{ evidence: undefined }, 'evidence'],
  [{ key: 7 }, 'key'],
  [{ fact: undefined }, 'fact'],
  [{ fact: { type: 'ChannelReady' } }, 'fact'],
];

for (const [changes, field] of wrongFields) {
  frame(`is named with its field, and nothing of its batch is written: ${field}`, async () => {
    const ledger = await openLedger(':memory:', { create: true });
    const wrong = { ...told[1], ...changes } as Observation;
    const batch = [told[0] as Observation, wrong, ...told.slice(2)];
    const refused = await ledger.recordBatch(batch).catch((error: Error) => error.message);
    assert.match(String(refused), `observation 1 cannot be recorded: ${field}: `);
    assert.is(Array.from(ledger.store.allEvents()).length, 0);
    const report = await ledger.recordBatch(told);
    assert.is(report.events, told.length);
    await ledger.close();
  });
}

frame('ends a recording like a source that fails: what came before is recorded', async () => {
  const ledger = await openLedger(':memory:', { create: true });
  const wrong = { ...told[2], nodeId: 'ab' } as Observation;
  const all = [...told.slice(0, 2), wrong, ...told.slice(3)];
  const refused = await ledger.record(all).catch((error: Error) => error.message);
  assert.match(String(refused), 'observation 2 cannot be recorded: nodeId: ');
  assert.is(Array.from(ledger.store.allEvents()).length, 2);
  await ledger.close();
});

for (const [when, laterNs] of [
  ['told late', 0n],
  ['told in order', 3_600_000_000_000n],
] as const) {
  const sentence = `is not one whose fact alone is torn: that goes into quarantine, ${when}`;
  frame(sentence, () => quarantinesTorn(laterNs));
}

async function quarantinesTorn(laterNs: bigint): Promise<void> {
  const ledger = await openLedger(':memory:', { create: true });
  const facts = [
    { type: 'CommitmentSeen', data: { htlcs: 7 } },
    { type: 'CommitmentSeen', data: { htlcs: [null, { paymentHash: 7 }] } },
    { type: 'BalanceSeen', data: {} },
    { type: 'HtlcAdded', data: {}, secret: {} },
    { type: 'NoSuchType', data: {} },
    { type: '__proto__', data: {} },
  ];
  const base = told[1] as Observation;
  const atNs = base.happenedAtNs + laterNs;
  const header = { ...base, happenedAtNs: atNs, recordedAtNs: atNs };
  const torn = facts.map((fact, nth) => ({ ...header, key: `torn ${nth}`, fact }) as Observation);
  const report = await ledger.recordBatch([...told, ...torn]);
  assert.is(report.quarantined, torn.length);
  assert.is(report.events, told.length + torn.length);
  await ledger.close();
}

frame.run();
