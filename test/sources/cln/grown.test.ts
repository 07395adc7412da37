/** A database imported, and a later copy of it; or the later one first. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { changedDatabase, importCln, ledgerOf, realDatabase } from './real-cln.ts';

const test = suite('copies of one database');

const HASH = "x'8f2f5451c3d13c6d1d4d75b02b072c9c6d609ce68a45f426a887034485fc3a77'";
/** Two HTLCs more: one received and kept (an hour later), one offered and still pending. */
const earlier = await importCln([realDatabase('l1-before-moves-in-db')]);
const statements = [
  `INSERT INTO channel_htlcs (id, channel_id, channel_htlc_id, direction, msatoshi, cltv_expiry,
     payment_hash, hstate, received_time, we_filled)
   VALUES (2, 1, 0, 0, 2000000, 150, ${HASH}, 19, 1754900316000000000, 1)`,
  `INSERT INTO channel_htlcs (id, channel_id, channel_htlc_id, direction, msatoshi, cltv_expiry,
     payment_hash, hstate, partid, groupid)
   VALUES (3, 1, 1, 1, 3000000, 160, ${HASH}, 4, 0, 1)`,
  `INSERT INTO payments (id, timestamp, status, payment_hash, msatoshi, msatoshi_sent, partid, groupid)
   VALUES (2, 1754900400, 0, ${HASH}, 3000000, 3000000, 0, 1)`,
  `INSERT INTO invoices (id, state, payment_hash, msatoshi_received, paid_timestamp, label)
   VALUES (1, 1, ${HASH}, 2000000, 1754900317, 'later')`,
  `UPDATE channels SET msatoshi_local = 989654322, in_payments_fulfilled = 1, last_tx = NULL,
     in_msatoshi_fulfilled = 2000000, next_index_local = 7, next_index_remote = 7, next_htlc_id = 2`,
  'DELETE FROM shachain_known',
];
const later = await importCln([changedDatabase('l1-before-moves-in-db', ...statements)]);

async function answersOf(ledger: Ledger) {
  const { isSound, broken } = await ledger.verify();
  equal(broken, []);
  ok(isSound);
  const rows = ledger.channels().map(({ eventCount: _, ...row }) => row);
  const [row] = rows;
  ok(row !== undefined);
  // Gaps tell in what order the copies came: a part told late closes none of its own.
  const { gaps: _gaps, lastEventAt: _at, ...shown } = row;
  const problems = ledger.problems().filter(({ kind }) => kind !== 'gap');
  return { shown, problems, forwards: ledger.forwards() };
}

test('the later copy adds what is new: HTLCs, commitments, totals', async () => {
  const ledger = await ledgerOf(earlier, later);
  const { shown, problems } = await answersOf(ledger);
  equal(problems, []);
  equal([shown.local?.number, shown.remote?.number], [6, 6]);
  is(shown.localBalanceMsat, 986_654_322n);
  is(shown.remoteBalanceMsat, 10_345_678n);
  equal([shown.totals.receivedMsat, shown.totals.sentMsat], [2_000_000n, 12_345_678n]);
  equal(
    shown.htlcs?.map(({ id, direction, amountMsat }) => [id, direction, amountMsat]),
    [[1, 'offered', 3_000_000n]],
  );
});

test('in either order the answers are the same, and nothing is quarantined', async () => {
  const inOrder = await answersOf(await ledgerOf(earlier, later));
  const reversed = await answersOf(await ledgerOf(later, earlier));
  equal(reversed, inOrder);
});

test('an older copy takes its place in time', async () => {
  const ledger = await ledgerOf(later, earlier);
  const timeNs = 1_754_897_000_000_000_000n;
  const [then] = ledger.channels({ at: { kind: 'time', timeNs } });
  equal([then?.local?.number, then?.localBalanceMsat], [2, 987_654_322n]);
});

test('both again add nothing', async () => {
  const ledger = await ledgerOf(later, earlier);
  for (const { observations } of [earlier, later, earlier]) {
    const { events, quarantined } = await ledger.record(observations);
    equal([events, quarantined], [0, 0]);
  }
});

test('an HTLC of which nobody says how it ended follows from what the channel counted', async () => {
  const quiet = await importCln([changedDatabase('l1-before-moves-in-db', 'DELETE FROM payments')]);
  const told = quiet.observations.find(({ fact }) => fact.type === 'HtlcSettled');
  ok(told?.fact.type === 'HtlcSettled');
  is(told.fact.data.isDeduced, true);
  const silent = await importCln([
    changedDatabase(
      'l1-before-moves-in-db',
      'DELETE FROM payments',
      'UPDATE channels SET out_msatoshi_fulfilled = 5, out_payments_fulfilled = 1',
    ),
  ]);
  ok(!silent.observations.some(({ fact }) => fact.type === 'HtlcSettled'));
  const ledger = await ledgerOf(silent);
  ok(ledger.problems().some(({ detail }) => detail.includes('whether it was paid is not known')));
});

test('HTLCs on their way in and out of the commitments are in those alone that hold them', async () => {
  for (const hstate of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const preimage = hstate > 4 ? `x'${'11'.repeat(32)}'` : 'NULL';
    // lightningd counts it from its preimage on.
    const sentMsat = hstate > 4 ? 12_345_678 : 0;
    const moving = await importCln([
      changedDatabase(
        'l1-before-moves-in-db',
        `UPDATE channel_htlcs SET hstate = ${hstate}, payment_key = ${preimage}`,
        `UPDATE channels SET msatoshi_local = 1000000000, out_msatoshi_fulfilled = ${sentMsat},
           last_tx = NULL`,
      ),
    ]);
    const ledger = await ledgerOf(moving);
    const [channel] = ledger.channels();
    ok(channel?.local !== undefined && channel.remote !== undefined);
    const held = [channel.local.offered.length, channel.remote.offered.length];
    const isInLocal = hstate >= 3 && hstate <= 5;
    equal(held, [isInLocal ? 1 : 0, hstate < 8 ? 1 : 0], `hstate ${hstate}`);
    // Offered and not dropped, or paid: it is no longer ours.
    const isOurs = hstate < 3;
    is(channel.local.localBalanceMsat, isOurs ? 1_000_000_000n : 987_654_322n, `hstate ${hstate}`);
    is(channel.remote.localBalanceMsat, 987_654_322n, `hstate ${hstate}`);
    equal(
      ledger.problems().filter(({ kind }) => kind !== 'gap'),
      [],
      `hstate ${hstate}`,
    );
  }
});

test.run();
