/** A rule that met nothing told to compare is not counted as kept (DESIGN §2, 6). */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { opened, stateAfter } from './given.ts';
import { claimed, closed } from './on-chain.ts';

const counted = suite('a rule of the money on chain');

const ofClose = (event: ChannelEvent) =>
  ruleUses(stateAfter([opened]), event).find(({ rule }) => rule === 'outputs-sum-to-capacity');
const ofClaim = (event: ChannelEvent) =>
  ruleUses(stateAfter([opened, closed]), event).find(({ rule }) => rule === 'sweep-conserves');

counted('applies where the source was told the fee', () => {
  equal(ofClose(closed), { rule: 'outputs-sum-to-capacity', whyNot: undefined });
  equal(ofClaim(claimed), { rule: 'sweep-conserves', whyNot: undefined });
});

counted('holds by construction where the fee was derived, and is not counted', () => {
  const whyNot = 'the fee was derived, not told';
  equal(ofClose({ ...closed, data: { ...closed.data, isFeeDerived: true } })?.whyNot, whyNot);
  equal(ofClaim({ ...claimed, data: { ...claimed.data, isFeeDerived: true } })?.whyNot, whyNot);
});

counted('has nothing to compare without a fee, though the amount is that of the output', () => {
  const whyNot = 'the fee is not known';
  const { feeSat: _closing, ...unpriced } = closed.data;
  equal(ofClose({ ...closed, data: unpriced })?.whyNot, whyNot);
  const { feeSat: _sweep, ...lost } = claimed.data;
  equal(ofClaim({ ...claimed, data: lost })?.whyNot, whyNot);
});

counted.run();
