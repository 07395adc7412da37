/** A transaction that a source keeps beside the commitment it tells: the one is proved by the other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact, CommitmentSeen } from '../../src/channel/observations.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { present } from '../lightning/fixtures.ts';
import {
  compact,
  flipped,
  fundingOutpoint,
  published,
  seen,
  storeOf,
  unsigned,
  vector,
} from './published-commitment.ts';
import { keyringOf } from './recording.ts';

const kept = suite('a transaction kept');

const { perCommitmentPoint: _, signatures: __, txid: ___, ...bare } = seen;
/** Too little to rebuild it, and no signature. */
const commitment: ChannelFact = { type: 'CommitmentSeen', data: bare satisfies CommitmentSeen };

function keptAs(
  purpose: 'commitment' | 'cooperative-close',
  signature = compact(vector.remote_signature),
): ChannelFact {
  return {
    type: 'TransactionKept',
    data: {
      txid: published.txid,
      purpose,
      fundingOutpoint,
      ...(purpose === 'commitment' && { side: 'local', commitmentNumber: 42 }),
      signatures: { scheme: 'ecdsa', commitment: signature, htlcs: [] },
    },
    secret: { raw: unsigned },
  };
}

async function provedOf(...facts: readonly ChannelFact[]) {
  const store = await storeOf({ facts });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  const channel = present(report.channels?.[0]);
  const { states, rebuilt, checkedAsStored, valid, bad, notCheckable, closes } = channel;
  const counts = [states, rebuilt, checkedAsStored];
  return { isSound: report.isSound, counts, valid, bad, notCheckable, closes };
}

kept('beside its commitment has it checked as stored, whichever is told first', async () => {
  for (const facts of [
    [commitment, keptAs('commitment')],
    [keptAs('commitment'), commitment],
  ]) {
    const { counts, valid, notCheckable } = await provedOf(...facts);
    assert.equal(counts, [1, 0, 1]);
    assert.equal(valid, { commitments: 1, htlcs: 0, closes: 0 });
    assert.equal(notCheckable, []);
  }
});

kept('with another signature is bad', async () => {
  const wrong = keptAs('commitment', flipped(compact(vector.remote_signature)));
  const { isSound, bad } = await provedOf(commitment, wrong);
  assert.is(isSound, false);
  assert.is(bad.commitments, 1);
});

kept('of another commitment leaves the one that was told not checkable', async () => {
  const { counts, notCheckable } = await provedOf(
    { type: 'CommitmentSeen', data: { ...bare, number: 41 } },
    keptAs('commitment'),
  );
  assert.equal(counts, [1, 0, 0]);
  const why = 'neither a signature nor a txid of it was told';
  assert.equal(notCheckable, [{ why, count: 1 }]);
});

kept('of a close is held to the signature of the peer', async () => {
  const { closes, valid } = await provedOf(keptAs('cooperative-close'));
  assert.equal(closes, { known: 1, checkedAsStored: 1 });
  assert.is(valid.closes, 1);
  const wrong = keptAs('cooperative-close', flipped(compact(vector.remote_signature)));
  assert.is((await provedOf(wrong)).bad.closes, 1);
});

kept.run();
