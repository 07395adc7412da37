/** Which commitment the kept transaction is, and of which one the peer's point is, by their numbers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { changedDatabase, importCln } from './real-cln.ts';

async function seen(...statements: readonly string[]) {
  const { observations } = await importCln([
    changedDatabase('l1-before-moves-in-db', ...statements),
  ]);
  return observations.flatMap(({ fact }) => {
    if (fact.type !== 'CommitmentSeen') return [];
    const { side, number, txid, signatures, perCommitmentPoint } = fact.data;
    return [
      { side, number, isKept: txid !== undefined && signatures !== undefined, perCommitmentPoint },
    ];
  });
}

test('a transaction of another number is not the commitment in force', async () => {
  const [local] = (await seen()).filter(({ side }) => side === 'local');
  assert.ok(local?.isKept);
  const changed = await seen('UPDATE channels SET next_index_local = next_index_local + 1');
  const [ahead] = changed.filter(({ side }) => side === 'local');
  assert.equal([ahead?.number, ahead?.isKept], [local.number + 1, false]);
});

test("the peer's newest commitment has its next point while the one before is not given up", async () => {
  const [remote] = (await seen()).filter(({ side }) => side === 'remote');
  const changed = await seen('UPDATE channels SET next_index_remote = next_index_remote + 1');
  const [ahead] = changed.filter(({ side }) => side === 'remote');
  assert.is(ahead?.number, (remote?.number ?? 0) + 1);
  assert.is(ahead?.perCommitmentPoint?.length, 66);
  assert.is.not(ahead?.perCommitmentPoint, remote?.perCommitmentPoint);
});

test.run();
