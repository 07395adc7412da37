import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelId, channelStory, commitment, wholeStory } from './story.ts';

const purge = suite('a purged channel');

const wrong = (localSat: bigint) => commitment('remote', 1, { stated: { localSat } });
const quarantined = (source: string, localSat: bigint) =>
  channelStory([wrong(localSat)]).map((one) => ({ ...one, source }));

purge('leaves quarantine: what was sealed with its key can never be tried again', async () => {
  const ledger = await openLedger(':memory:', { create: true });
  await ledger.recordBatch(wholeStory());
  await ledger.recordBatch([...quarantined('ldk', 1n), ...quarantined('ldk', 2n)]);
  const inQuarantine = () => ledger.problems().filter(({ kind }) => kind === 'quarantine');
  assert.equal(
    inQuarantine().map(({ count }) => count),
    [2],
  );

  const report = await ledger.purge(channelId);

  assert.is(report.destroyedKeys, 1);
  assert.is(report.releasedFromQuarantine, 2);
  assert.equal(inQuarantine(), []);
  assert.equal(await ledger.retryProblems(), { released: 0, remaining: 0 });
  assert.ok((await ledger.verify()).isSound);
  await ledger.close();
});

purge('is told wrongly after it: the problem says why nothing helps, and what does', async () => {
  const ledger = await openLedger(':memory:', { create: true });
  await ledger.recordBatch(wholeStory());
  await ledger.purge(channelId);
  await ledger.recordBatch(quarantined('ldk', 1n));
  const inQuarantine = () => ledger.problems().filter(({ kind }) => kind === 'quarantine');
  assert.match(inQuarantine()[0]?.whatToDo ?? '', 'its channel was purged before it was told');

  const report = await ledger.purge(channelId);

  assert.is(report.releasedFromQuarantine, 1);
  assert.equal(inQuarantine(), []);
  await ledger.close();
});

purge.run();
