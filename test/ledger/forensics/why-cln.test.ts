/** The dossier of a real mainnet close, as Core Lightning's onchaind handled it. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { onchaindObservations } from '../../sources/cln/onchaind-log.ts';
import { equalDossier, expectedDossiers } from './expected-dossiers.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'onchaind' });
const report = await ledger.recordBatch(onchaindObservations());
const [closed] = ledger.closed();

const tests = suite('why a mainnet channel of Core Lightning closed');

tests('all of the log is taken, and the rules of the channel hold', async () => {
  is(report.quarantined, 0);
  equal(ledger.problems(), []);
  is((await ledger.verify()).isSound, true);
});

tests('its dossier is, line by line, what another program reads in the log', async () => {
  equalDossier(
    await ledger.forensics.why(closed?.channelId ?? ''),
    expectedDossiers('cln-mainnet.txt'),
  );
});

tests.after(() => ledger.close());
tests.run();
