/** `channel_htlcs` of a real Core Lightning node, with what it might have added and paid since. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { changedDatabase, importCln } from './real-cln.ts';

const test = suite('an HTLC of Core Lightning');

const HASH = "x'8f2f5451c3d13c6d1d4d75b02b072c9c6d609ce68a45f426a887034485fc3a77'";
const OTHER = "x'aa2f5451c3d13c6d1d4d75b02b072c9c6d609ce68a45f426a887034485fc3a77'";
const PREIMAGE = '11'.repeat(32);
// `enum htlc_state`: added and held by both ends, from us or from the peer; gone from both, from us.
const [SENT, RECEIVED, SENT_GONE] = [4, 14, 9];
// `enum sendpay_result`: complete, failed.
const [COMPLETE, FAILED] = [1, 2];

interface Row {
  readonly row: number;
  readonly id: number;
  readonly state: number;
  readonly hash?: string;
  /** Another one's is not read here; of it stands only when its HTLC came. */
  readonly channel?: number;
  readonly origin?: number;
  readonly receivedNs?: bigint;
  readonly part?: readonly [part: number, group: number];
}

function htlc({ row, id, state, hash = HASH, channel = 1, ...told }: Row): string {
  const { origin, receivedNs, part } = told;
  const direction = state === RECEIVED ? 0 : 1;
  const values = [row, channel, id, direction, origin, 1_000_000, 150, hash, state, receivedNs];
  return `INSERT INTO channel_htlcs (id, channel_id, channel_htlc_id, direction, origin_htlc, msatoshi,
    cltv_expiry, payment_hash, hstate, received_time, partid, groupid)
    VALUES (${[...values, part?.[0], part?.[1]].map((value) => value ?? 'NULL').join(', ')})`;
}

function payment(row: number, [part, group]: readonly [number, number], at: number, end: number) {
  const preimage = end === COMPLETE ? `x'${PREIMAGE}'` : 'NULL';
  return `INSERT INTO payments (id, timestamp, status, payment_hash, msatoshi_sent, partid, groupid,
    payment_preimage, completed_at)
    VALUES (${row}, ${at}, ${end}, ${HASH}, 1000000, ${part}, ${group}, ${preimage}, ${at + 5})`;
}

const { observations } = await importCln([
  changedDatabase(
    'l1-before-moves-in-db',
    htlc({ row: 2, id: 0, state: RECEIVED, receivedNs: 1_754_896_800_000_000_001n }),
    htlc({ row: 3, id: 1, state: SENT, origin: 2 }),
    htlc({ row: 4, id: 2, state: SENT_GONE, part: [1, 1] }),
    htlc({ row: 5, id: 3, state: SENT_GONE, part: [1, 2] }),
    htlc({ row: 6, id: 4, state: SENT_GONE, part: [2, 2] }),
    htlc({ row: 7, id: 5, state: SENT, hash: OTHER }),
    'PRAGMA foreign_keys = OFF',
    htlc({ row: 8, id: 0, channel: 2, state: RECEIVED, receivedNs: 1_754_897_200_000_000_002n }),
    htlc({ row: 9, id: 6, state: SENT, origin: 8 }),
    htlc({ row: 10, id: 7, state: SENT, hash: OTHER }),
    `INSERT INTO forwards (in_channel_scid, in_htlc_id, out_channel_scid, out_htlc_id, in_msatoshi,
       state, received_time) VALUES (1, 1, (SELECT scid FROM channels), 7, 1000100, 0, 1754897300000000003)`,
    // In another order than the HTLCs, so that no first one is right by chance.
    payment(12, [1, 2], 1_754_897_000, COMPLETE),
    payment(13, [2, 2], 1_754_897_100, FAILED),
    payment(14, [1, 1], 1_754_896_900, FAILED),
    `UPDATE channels SET out_payments_fulfilled = 2, out_msatoshi_fulfilled = 13345678`,
  ),
]);

test('ends as its own part of its payment did, in its own try', () => {
  const ends = observations.flatMap(({ fact }) => {
    if (fact.type === 'HtlcSettled') return [['settled', fact.data.id, fact.secret?.preimage]];
    return fact.type === 'HtlcFailed' ? [['failed', fact.data.id]] : [];
  });
  equal(
    ends.filter(([, id]) => id !== 0),
    [
      ['failed', 2],
      ['settled', 3, PREIMAGE],
      ['failed', 4],
    ],
  );
});

test('was added when it came, when its payment began, or after the one that it forwards or follows', () => {
  const added = observations.flatMap(
    ({ fact, timeBasis, happenedAtNs, notBeforeNs, notAfterNs }) => {
      if (fact.type !== 'HtlcAdded') return [];
      const { direction, id } = fact.data;
      return [[`${direction} ${id}`, timeBasis, happenedAtNs, notBeforeNs, notAfterNs]];
    },
  );
  const begun = (name: string, seconds: bigint) => {
    const fromNs = seconds * 1_000_000_000n;
    return [name, 'interpolated', fromNs, fromNs, fromNs + 999_999_999n];
  };
  const readyNs = 1_754_896_716_081_047_211n;
  const receivedNs = 1_754_896_800_000_000_001n;
  const originNs = 1_754_897_200_000_000_002n;
  const forwardNs = 1_754_897_300_000_000_003n;
  const lastNs = 1_754_897_100_000_000_000n;
  equal(added, [
    // Its payment began in the second in which the channel came into use (channel_state_changes).
    ['offered 0', 'interpolated', readyNs, readyNs, 1_754_896_716_999_999_999n],
    ['received 0', 'source', receivedNs, undefined, undefined],
    ['offered 1', 'interpolated', receivedNs, receivedNs, undefined],
    begun('offered 2', 1_754_896_900n),
    begun('offered 3', 1_754_897_000n),
    begun('offered 4', 1_754_897_100n),
    ['offered 5', 'interpolated', lastNs, lastNs, undefined],
    ['offered 6', 'interpolated', originNs, originNs, undefined],
    ['offered 7', 'interpolated', forwardNs, forwardNs, undefined],
  ]);
});

test.run();
