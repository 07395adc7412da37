import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { comparedEnds, tellersThatDiffer } from '../../../src/ledger/answers/contradictions.ts';
import {
  alice,
  at,
  bob,
  channelId,
  channelRow,
  commitment,
  fundingOutpoint,
  observed,
  policy,
  showing,
} from './rows.ts';

const differences = (found: ReturnType<typeof tellersThatDiffer>) =>
  found.map(({ detail, sides }) => [detail, ...(sides ?? []).map(({ who, says }) => [who, says])]);

test('tellers who say different things of the same commitment are shown with both sides', () => {
  const [problem, ...rest] = tellersThatDiffer([
    channelRow({ source: 'lnd-db', ...showing(commitment(7, { at: at(2) })) }),
    channelRow({
      source: 'ldk',
      ...showing(commitment(7, { localBalanceMsat: 600_000_001n, at: at(1) })),
    }),
  ]);
  is(rest.length, 0);
  equal(problem, {
    kind: 'tellers-differ',
    rule: 'tellers-agree',
    subject: fundingOutpoint,
    channelId,
    nodeId: alice,
    count: 1,
    firstAt: at(1),
    lastAt: at(2),
    detail: 'they differ on the balance of local commitment 7',
    sides: [
      { who: 'ldk', says: 'local 600000001 msat, remote 400000000 msat' },
      { who: 'lnd-db', says: 'local 600000000 msat, remote 400000000 msat' },
    ],
    whatToDo:
      'look at both accounts with --source, and import the newer copy of whichever is out of date',
  });
});

test('within the precision of the coarser one nobody differs, and beyond it they do', () => {
  const coarse = channelRow({ source: 'lnd-rpc', ...showing(commitment(7, { precision: 'sat' })) });
  const off = (msat: bigint) =>
    channelRow({
      source: 'ldk',
      ...showing(
        commitment(7, {
          localBalanceMsat: 600_000_000n + msat,
          remoteBalanceMsat: 400_000_000n - msat,
        }),
      ),
    });
  equal(tellersThatDiffer([coarse, off(1_000n)]), []);
  equal(differences(tellersThatDiffer([coarse, off(1_001n)])), [
    [
      'they differ on the balance of local commitment 7',
      ['ldk', 'local 600001001 msat, remote 399998999 msat'],
      ['lnd-rpc', 'local 600000000 msat, remote 400000000 msat (to the satoshi)'],
    ],
  ]);
});

test('who is behind, or does not know, contradicts nobody', () => {
  equal(
    tellersThatDiffer([
      channelRow({
        source: 'ldk',
        ...showing(commitment(9, { localBalanceMsat: 1n })),
        localPolicy: policy(20, { feeProportionalMillionths: 5 }),
        status: 'closed',
        close: { kind: 'cooperative', height: 120, outputs: [] },
      }),
      channelRow({
        source: 'lnd-db',
        ...showing(commitment(7)),
        localPolicy: policy(10),
        channelType: 'unknown',
      }),
      channelRow({ source: 'lnd-rpc', ...observed(1n, 1n, 'sat', at(1)) }),
    ]),
    [],
  );
});

test('identity, HTLCs, policies and closes are compared too', () => {
  const found = tellersThatDiffer([
    channelRow({
      source: 'ldk',
      opener: 'local',
      ...showing(commitment(7, { offered: [2, 1] })),
      remotePolicy: policy(10),
      close: { kind: 'breach', outputs: [] },
    }),
    channelRow({
      source: 'lnd-db',
      opener: 'remote',
      ...showing(commitment(7, { offered: [1] })),
      remotePolicy: policy(10, { feeProportionalMillionths: 7 }),
      close: { kind: 'remote-force', outputs: [] },
    }),
  ]);
  equal(differences(found), [
    ['they differ on the opener', ['ldk', 'local'], ['lnd-db', 'remote']],
    [
      'they differ on the HTLCs of local commitment 7',
      ['ldk', 'offered 1, 2; received none'],
      ['lnd-db', 'offered 1; received none'],
    ],
    ['they differ on the kind of close', ['ldk', 'breach'], ['lnd-db', 'remote-force']],
    [
      'they differ on the remote fee policy',
      ['ldk', 'base 1000 msat, 100 ppm, delta 40'],
      ['lnd-db', 'base 1000 msat, 7 ppm, delta 40'],
    ],
  ]);
});

const bobs = { nodeId: bob, peerId: alice, source: 'ldk' } as const;

test('amounts of HTLCs and totals are named, where both speak of the same payments', () => {
  const totals = (sentMsat: bigint) => ({ ...channelRow().totals, sentMsat, sentCount: 1 });
  const teller = (source: string, sentMsat: bigint, amountMsat: bigint) =>
    channelRow({
      source,
      totals: totals(sentMsat),
      ...showing(commitment(7, { offered: [2] })),
      remote: commitment(8, { offered: [2] }),
      htlcs: [{ id: 2, direction: 'offered', amountMsat, cltvExpiry: 500 }],
    });
  const [one, other] = [teller('ldk', 30_000_000n, 5n), teller('mine', 31_000_000n, 6n)];
  equal(differences(tellersThatDiffer([one, other])), [
    ['they differ on the amount of offered HTLC 2', ['ldk', '5 msat'], ['mine', '6 msat']],
    [
      'they differ on the totals up to commitments 7/8 (local/remote)',
      ['ldk', 'sent 30000000 msat, received 0 msat'],
      ['mine', 'sent 31000000 msat, received 0 msat'],
    ],
  ]);
  const further = { ...other, remote: commitment(9, { offered: [2] }), htlcs: [] };
  equal(tellersThatDiffer([one, further]), []);
});

test('the two recorded ends of a channel must mirror each other', () => {
  const ours = channelRow({
    opener: 'local',
    ...showing(commitment(7, { offered: [1], localBalanceMsat: 599_999_000n })),
    remote: commitment(6),
  });
  const theirs = channelRow({
    ...bobs,
    opener: 'remote',
    local: commitment(6, { localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n }),
    remote: commitment(7, {
      received: [1],
      localBalanceMsat: 400_000_000n,
      remoteBalanceMsat: 599_999_000n,
    }),
  });
  // Peer, opener, type, capacity; balance and HTLCs of two commitments; the totals up to them.
  const { compared, differing } = comparedEnds([[ours], [theirs]]);
  equal(differing, []);
  is(compared, 9);
  equal(comparedEnds([[ours]]), { compared: 0, differing: [] });
  const wrong = channelRow({
    ...theirs,
    opener: 'local',
    remote: commitment(7, { localBalanceMsat: 400_000_000n, remoteBalanceMsat: 600_000_000n }),
  });
  equal(differences(comparedEnds([[wrong], [ours]]).differing), [
    ['they differ on the opener', [alice, 'local'], [bob, 'remote']],
    [
      'they differ on the balance of local commitment 7',
      [alice, 'local 599999000 msat, remote 400000000 msat'],
      [bob, 'local 600000000 msat, remote 400000000 msat'],
    ],
    [
      'they differ on the HTLCs of local commitment 7',
      [alice, 'offered 1; received none'],
      [bob, 'offered none; received none'],
    ],
  ]);
});

test('a force close is local to one end and remote to the other, and a breach only to the cheated', () => {
  const closedAs = (kind: 'local-force' | 'remote-force' | 'breach' | 'cooperative') => ({
    close: { kind, outputs: [] },
  });
  const both = (ours: Parameters<typeof closedAs>[0], theirs: Parameters<typeof closedAs>[0]) =>
    comparedEnds([[channelRow(closedAs(ours))], [channelRow({ ...bobs, ...closedAs(theirs) })]])
      .differing;
  equal(both('local-force', 'remote-force'), []);
  equal(both('breach', 'local-force'), []);
  equal(both('cooperative', 'cooperative'), []);
  is(both('local-force', 'local-force').length, 1);
});

test.run();
