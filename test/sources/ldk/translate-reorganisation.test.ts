import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { ChannelId, NodeId, Outpoint, Txid } from '../../../src/lightning/ids.ts';
import type { Transaction } from '../../../src/lightning/transaction.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { ChannelBook } from '../../../src/sources/ldk/translate/channel-book.ts';
import { outputsClaimed } from '../../../src/sources/ldk/translate/claims.ts';
import { Told } from '../../../src/sources/ldk/translate/header.ts';
import { blockDisconnected } from '../../../src/sources/ldk/translate/reorganisation.ts';
import { LdkTranslator } from '../../../src/sources/ldk/translate/translator.ts';
import { pairWithChannel } from './fixtures.ts';

const reorganisation = suite('a reorganisation');

reorganisation('takes the confirmation back, and a new block confirms it anew', async () => {
  const { network, alice, records } = await pairWithChannel('unconfirmed');
  const channelId = alice.channels()[0]?.channelId ?? '';
  // The funding is in the first of six blocks.
  for (let block = 0; block < 6; block++) network.chain.disconnectTip();
  await network.settle();
  await network.mine(7);

  const ledger = await openLedger(':memory:');
  const translator = new LdkTranslator('regtest');
  const own = records.filter((record) => record.node === alice.id);
  const report = await ledger.recordBatch(own.flatMap((record) => translator.translate(record)));
  equal(report.quarantined, 0);
  const types = ['FundingConfirmed', 'FundingUnconfirmed'];
  const told = [...ledger.history(channelId, { types })];
  equal(
    told.map(({ type, data }) => [type, data.height]),
    [
      ['FundingConfirmed', 3],
      ['FundingUnconfirmed', 3],
      ['FundingConfirmed', 3],
    ],
  );
  equal(ledger.channel(channelId).confirmedHeight, 3);
  await ledger.close();
});

reorganisation(
  'of a claim opens its output again, with its HTLC, and drops the second stage',
  () => {
    const hex = (byte: string) => byte.repeat(32);
    const outpoint = Outpoint(`${hex('33')}:2`);
    const secondStage = Outpoint(`${hex('44')}:0`);
    const book = new ChannelBook({
      channelId: ChannelId(hex('11')),
      fundingOutpoint: Outpoint(`${hex('11')}:0`),
      peer: NodeId(`02${hex('aa')}`),
      context: {},
    });
    const open = { outpoint, what: 'htlc-offered', valueSat: 9000n, htlcId: 5 } as const;
    book.openOutputs.set(outpoint, open);
    const record = { kind: 'archived', node: book.peer, seq: 1, at: 1n };
    const told = new Told(record as TapRecord, 'regtest', 12);
    const input = { outpoint, scriptSig: new Uint8Array(), sequence: 0, witness: [] };
    const outputs = [{ valueSat: 8900n, script: new Uint8Array(34) }];
    const txid = Txid(hex('44'));
    const rest = { wtxid: txid, version: 2, locktime: 0, weight: 400 };
    const sweep: Transaction = { txid, inputs: [input], outputs, ...rest };
    const place = { height: 12, blockHash: hex('22') };
    outputsClaimed(told, book, place, sweep);
    equal([...book.openOutputs.keys()], []);
    book.openOutputs.set(secondStage, { ...open, outpoint: secondStage, valueSat: 8900n });
    blockDisconnected(told, book, hex('22'));
    equal([...book.openOutputs.values()], [open]);
  },
);

reorganisation.run();
