/**
 * LDK is the second implementation for anchors: every commitment that its nodes signed for each other in
 * the whole plot is built again from the ledger, at both ends, and every signature is theirs.
 */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { runScenario } from '../../../src/sources/ldk/scenario.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { LdkTranslator } from '../../../src/sources/ldk/translate/translator.ts';

/** The whole plot, recorded at all of its nodes. */
async function played(anchors: boolean) {
  const records: TapRecord[] = [];
  const sink = (record: TapRecord) => records.push(record);
  await runScenario({ seed: 'proof', payments: 20, anchors, sink });
  const ledger = await openLedger(':memory:');
  for (const node of new Set(records.map((record) => record.node))) {
    const translator = new LdkTranslator('regtest');
    const own = records.filter((record) => record.node === node);
    await ledger.recordBatch(own.flatMap((record) => translator.translate(record)));
  }
  const report = await ledger.verify({ signatures: true });
  await ledger.close();
  return { records, report };
}

// Both are played before the first suite runs: uvu counts what is there then.
const networks = [
  { channelType: 'static_remotekey', ...(await played(false)) },
  { channelType: 'anchors_zero_fee_htlc_tx', ...(await played(true)) },
];

for (const { channelType, records, report } of networks) {
  const tests = suite(`a network of ${channelType}`);
  const channels = report.channels ?? [];
  const sum = (value: (channel: (typeof channels)[number]) => number) =>
    channels.reduce((before, channel) => before + value(channel), 0);

  tests('every state of every channel is rebuilt, at both ends', () => {
    is(report.isSound, true);
    equal([...new Set(channels.map((channel) => channel.channelType))], [channelType]);
    ok(channels.length >= 12);
    for (const { states, rebuilt, checkedAsStored, notCheckable } of channels) {
      equal(
        { rebuilt, checkedAsStored, notCheckable },
        { rebuilt: states, checkedAsStored: 0, notCheckable: [] },
      );
    }
    const ids = new Set(channels.map(({ channelId }) => channelId));
    is(channels.length, 2 * ids.size);
  });

  tests('every signature that came over the wire is found valid, and no other', () => {
    const signed = new Set<string>();
    const signedHtlcs = new Set<string>();
    for (const record of records) {
      if (record.kind !== 'message-in') continue;
      const { message } = record;
      if (message.type === 'funding_created' || message.type === 'funding_signed') {
        signed.add(message.signature);
      }
      if (message.type !== 'commitment_signed') continue;
      // After a reconnection the same is sent again.
      signed.add(message.signature);
      for (const signature of message.htlcSignatures) signedHtlcs.add(signature);
    }
    is(
      sum(({ valid }) => valid.commitments),
      signed.size,
    );
    is(
      sum(({ valid }) => valid.htlcs),
      signedHtlcs.size,
    );
    is(
      sum(({ bad }) => bad.commitments + bad.htlcs + bad.closes),
      0,
    );
  });

  tests("both ends' signatures are in every close, cooperative or not", () => {
    const closes = sum((channel) => channel.closes.checkedAsStored);
    ok(closes >= 6);
    is(
      sum(({ valid }) => valid.closes),
      2 * closes,
    );
    const told = report.rules.find(({ rule }) => rule === 'close-is-as-told');
    equal([told?.checked, told?.broken], [closes, 0]);
  });

  tests('the txid of every commitment is the one LDK told', () => {
    const told = report.rules.find(({ rule }) => rule === 'commitment-is-as-told');
    // Of its own commitment 0, LDK tells none.
    is(
      told?.checked,
      sum(({ states }) => states - 1),
    );
    is(told?.broken, 0);
  });

  tests.run();
}
