import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { FORWARD_RULE, ForwardChecks } from '../../src/ledger/verify/forwards.ts';
import { Findings } from '../../src/ledger/verify/report.ts';
import { SecretSpan } from '../../src/ledger/verify/secret-span.ts';
import { ChannelId } from '../../src/lightning/ids.ts';
import type { NodeEvent } from '../../src/node/events.ts';

const forwards = suite('a forward');
const spans = suite('revealed secrets');

const NODE = `02${'aa'.repeat(32)}`;
const [inChannel, outChannel] = [ChannelId('11'.repeat(32)), ChannelId('22'.repeat(32))];
const place = { position: 7, where: 'here' };
type Forward = Extract<NodeEvent, { type: 'PaymentForwarded' }>['data'];

const forward: Forward = {
  incomingChannelId: inChannel,
  incomingHtlcId: 3,
  outgoingChannelId: outChannel,
  outgoingHtlcId: 3,
  amountInMsat: 1_001n,
  amountOutMsat: 1_000n,
  feeMsat: 1n,
  isClaimedOnChain: false,
};

const settled = (direction: 'offered' | 'received', amountMsat: bigint, id = 3): ChannelEvent => ({
  type: 'HtlcSettled',
  data: { id, direction, amountMsat, isOnChain: false },
});

const paid: readonly (readonly [string, ChannelEvent])[] = [
  [inChannel, settled('received', 1_001n)],
  [outChannel, settled('offered', 1_000n)],
];

function judged(
  told: Forward,
  ends: readonly (readonly [string, ChannelEvent])[] = paid,
  mostHtlcs?: number,
) {
  const findings = new Findings([FORWARD_RULE]);
  const checks = new ForwardChecks(findings, mostHtlcs);
  for (const [channelId, event] of ends) checks.takeChannel(NODE, channelId, event);
  checks.takeNode(NODE, { type: 'PaymentForwarded', data: told }, place);
  const [rule] = findings.rules();
  const details = findings.brokenPlaces().map(({ detail }) => detail);
  return { checked: rule?.checked, details, whyNot: rule?.notCheckable.map(({ why }) => why) };
}

forwards('is held to its fee and to the HTLC of each channel', () => {
  assert.equal(judged(forward), { checked: 3, details: [], whyNot: [] });
});

forwards('of another amount or fee than its HTLCs is found', () => {
  const { details } = judged({ ...forward, amountInMsat: 1_002n });
  assert.equal(details, [
    '1002 in less 1000 out is not the fee of 1 msat',
    'received HTLC 3 of it paid 1001 msat, and not 1002',
  ]);
});

forwards('whose HTLC failed was none', () => {
  const failed: ChannelEvent = {
    type: 'HtlcFailed',
    data: { id: 3, direction: 'offered', amountMsat: 1_000n, isOnChain: false },
  };
  const { details } = judged(forward, [present(paid[0]), [outChannel, failed]]);
  assert.equal(details, ['offered HTLC 3 of it was not paid']);
});

forwards('is not checkable by what was not told', () => {
  const { incomingHtlcId: _, amountOutMsat: __, ...less } = forward;
  assert.equal(judged(less), {
    checked: 0,
    details: [],
    whyNot: ['its HTLCs were not told', 'its amount was not told'],
  });
  assert.equal(judged(forward, []).whyNot, ["the HTLC's end is not recorded"]);
  assert.equal(judged(forward, paid, 1).whyNot, ['there are too many HTLCs']);
});

forwards('is not held to the HTLC of the same number in the other direction', () => {
  const other: readonly (readonly [string, ChannelEvent])[] = [
    [inChannel, settled('offered', 5n)],
    [outChannel, settled('received', 5n)],
  ];
  assert.equal(judged(forward, [...other, ...paid]).details, []);
});

spans('told late fill the gap they were missing from', () => {
  const span = new SecretSpan();
  for (const number of [2, 3, 10, 6, 6, 4, 0]) span.take(number);
  assert.equal(span.report(), {
    told: 7,
    first: 0,
    last: 10,
    gaps: [
      { first: 1, last: 1 },
      { first: 5, last: 5 },
      { first: 7, last: 9 },
    ],
  });
});

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test lacks what it needs');
  return value;
}

forwards.run();
spans.run();
