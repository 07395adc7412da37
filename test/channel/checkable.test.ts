/** A rule that met nothing told to compare is not counted as kept (DESIGN §2, 6). */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { Outpoint, Txid } from '../../src/lightning/ids.ts';
import { blockHash, fundingOutpoint, opened, stateAfter } from './given.ts';

const counted = suite('a rule of the money on chain');
const closingTxid = Txid('33'.repeat(32));
const closed = {
  type: 'ChannelClosed',
  data: {
    fundingOutpoint,
    closingTxid,
    height: 10,
    blockHash,
    kind: 'local-force',
    initiator: 'local',
    outputs: [{ index: 0, valueSat: 999_817n, what: 'to-local' }],
    feeSat: 183n,
  },
} satisfies ChannelEvent;
const claim = {
  type: 'OutputResolved',
  data: {
    outpoint: Outpoint(`${closingTxid}:0`),
    what: 'to-local',
    stage: 'last',
    outcome: 'claimed',
    amountSat: 999_817n,
    sweptSat: 999_700n,
    feeSat: 117n,
  },
} satisfies ChannelEvent;

const ofClose = (event: ChannelEvent) =>
  ruleUses(stateAfter([opened]), event).find(({ rule }) => rule === 'outputs-sum-to-capacity');
const ofClaim = (event: ChannelEvent) =>
  ruleUses(stateAfter([opened, closed]), event).find(({ rule }) => rule === 'sweep-conserves');

counted('applies where the source was told the fee', () => {
  equal(ofClose(closed), { rule: 'outputs-sum-to-capacity', whyNot: undefined });
  equal(ofClaim(claim), { rule: 'sweep-conserves', whyNot: undefined });
});

counted('holds by construction where the fee was derived, and is not counted', () => {
  const whyNot = 'the fee was derived, not told';
  equal(ofClose({ ...closed, data: { ...closed.data, isFeeDerived: true } })?.whyNot, whyNot);
  equal(ofClaim({ ...claim, data: { ...claim.data, isFeeDerived: true } })?.whyNot, whyNot);
});

counted('has nothing to compare without a fee, though the amount is that of the output', () => {
  const whyNot = 'the fee is not known';
  const { feeSat: _closing, ...unpriced } = closed.data;
  equal(ofClose({ ...closed, data: unpriced })?.whyNot, whyNot);
  const { feeSat: _sweep, ...lost } = claim.data;
  equal(ofClaim({ ...claim, data: lost })?.whyNot, whyNot);
});

counted.run();
