import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
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

reorganisation.run();
