/** A node's answers in which single fields are changed, as lnd's `lightning.proto` has them. */
import * as assert from 'uvu/assert';
import { emptyLedger, fileOf, importInto } from './importing.ts';

export const nodeId = `02${'a1'.repeat(32)}`;
export const peerId = `03${'b2'.repeat(32)}`;
export const funding = `${'c3'.repeat(32)}:1`;
export const shortId = String((700_000n << 40n) | (5n << 16n) | 1n);
export const info = {
  identity_pubkey: nodeId,
  block_height: 700_100,
  block_hash: 'd4'.repeat(32),
  best_header_timestamp: '1631400000',
  chains: [{ chain: 'bitcoin', network: 'mainnet' }],
};
/** Anchors: both outputs of 330 sat are off the opener's balance, as is the fee. */
export const channel = {
  channel_point: funding,
  remote_pubkey: peerId,
  chan_id: shortId,
  capacity: '1000000',
  local_balance: '599340',
  remote_balance: '380000',
  commit_fee: '10000',
  unsettled_balance: '10000',
  initiator: true,
  commitment_type: 'ANCHORS',
  push_amount_sat: '0',
  total_satoshis_sent: '380000',
  total_satoshis_received: '0',
  pending_htlcs: [
    {
      incoming: false,
      amount: '10000',
      hash_lock: 'e5'.repeat(32),
      expiration_height: 700_200,
      htlc_index: '7',
    },
  ],
};
export const imported = async (answers: object) => {
  const ledger = await emptyLedger();
  const report = await importInto(ledger, [
    fileOf('answers.json', JSON.stringify({ ...info, ...answers })),
  ]);
  assert.equal([report.quarantined, report.tally.bad], [0, { count: 0, named: [] }]);
  return { ledger, report };
};
