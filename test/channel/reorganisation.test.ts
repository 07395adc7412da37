import { suite } from 'uvu';
import { equal, is, not } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import { channelEvents } from '../../src/channel/events.ts';
import { check } from '../../src/channel/invariants.ts';
import type { ChannelFact, DirectFact } from '../../src/channel/observations.ts';
import { Outpoint, Txid } from '../../src/lightning/ids.ts';
import { blockHash, fundingOutpoint, given, opened, stateAfter } from './given.ts';
import {
  candidate,
  claimed,
  closed,
  closingTxid,
  confirmed,
  elsewhere,
  otherBlock,
  sweepTxid,
} from './on-chain.ts';

const undone = suite('what a reorganisation takes back');

const { outpoint } = claimed.data;
const unconfirmed = {
  type: 'FundingUnconfirmed',
  data: { fundingOutpoint, height: 3, blockHash },
} satisfies ChannelFact;
const reopened = {
  type: 'CloseUnconfirmed',
  data: { closingTxid, height: 10, blockHash },
} satisfies ChannelFact;
const unclaimed = {
  type: 'OutputUnconfirmed',
  data: { outpoint, sweepTxid, height: 12, blockHash },
} satisfies ChannelFact;
const resolved = { type: 'ChannelFullyResolved', data: { height: 12 } } satisfies ChannelFact;
const dropped = {
  type: 'FundingCandidateDropped',
  data: { fundingOutpoint: elsewhere },
} satisfies ChannelFact;
const { kind: _splice, ...inForce } = candidate.data;
const replaced = {
  type: 'FundingReplaced',
  data: { ...inForce, previousOutpoint: fundingOutpoint },
} satisfies ChannelFact;

undone('has the block in its key, so that another block is another fact', () => {
  const key = (hash: string) => {
    return channelEvents.OutputResolved.factKey({ ...claimed.data, blockHash: hash }, '');
  };
  is(key(blockHash), `resolved/${outpoint}/${sweepTxid}/${blockHash}`);
  not.equal(key(blockHash), key(otherBlock));
  is(channelEvents.ChannelFullyResolved.factKey(resolved.data, ''), 'fully-resolved/12');
});

undone('leaves the channel not fully resolved, and it may be resolved again', () => {
  const ended = [opened, closed, claimed, resolved];
  is(stateAfter(ended).isFullyResolved, true);
  is(stateAfter([...ended, unclaimed]).isFullyResolved, false);
  is(stateAfter([...ended, unclaimed, reopened]).phase, 'open');
  is(stateAfter([...ended, reopened]).isFullyResolved, false);
  const later = { ...claimed, data: { ...claimed.data, height: 13, blockHash: otherBlock } };
  const again: ChannelFact = { type: 'ChannelFullyResolved', data: { height: 13 } };
  given([...ended, unclaimed, later])
    .when(again)
    .then([again]);
});

undone('may be confirmed anew in the block it was in', () => {
  given([opened, confirmed, unconfirmed]).when(confirmed).then([confirmed]);
  given([opened, closed, reopened]).when(closed).then([closed]);
});

const cases: readonly [string, readonly ChannelFact[], DirectFact & { data: object }][] = [
  ['a funding', [opened, confirmed], unconfirmed],
  ['a close', [opened, closed], reopened],
  ['a claim', [opened, closed, claimed], unclaimed],
];
for (const [name, before, undo] of cases) {
  undone(`is refused for ${name} in another block than the one it is in`, () => {
    const data = { ...undo.data, blockHash: otherBlock };
    given(before)
      .when({ ...undo, data } as DirectFact)
      .thenRefused(
        'undo-names-what-stands',
        `${undo.type} in block ${otherBlock}, and it stands in ${blockHash}`,
      );
  });
  undone(`is not taken back twice: ${name}`, () => {
    given([...before, undo])
      .when(undo)
      .thenPast();
    equal(check(stateAfter([...before, undo]), undo), {
      rule: 'undo-names-what-stands',
      detail: `${undo.type}: nothing like it stands now`,
    });
  });
}

const context = { fundingOutpoint, capacitySat: 1_000_000n };
const ready = { type: 'ChannelReady', data: { fundingOutpoint } } satisfies ChannelFact;

undone('of which nothing was seen is recorded, and told again in that block it is known', () => {
  for (const undo of [unconfirmed, unclaimed]) {
    given([opened]).when(undo).then([undo]);
    given([opened, undo]).when(undo).thenPast();
    equal(check(stateAfter([opened, undo]), undo)?.rule, 'undo-names-what-stands');
  }
  for (const undo of [unconfirmed, reopened, unclaimed]) {
    given([ready], context).when(undo).then([undo]);
    given([ready, undo], context).when(undo).thenPast();
    equal(ruleUses(stateAfter([ready], context), undo).at(-1), {
      rule: 'undo-names-what-stands',
      whyNot: 'what it takes back was not seen',
    });
  }
});

undone('of a close that was not seen comes after the gap that says so', () => {
  const why = 'CloseUnconfirmed came before the closing transaction was seen';
  given([opened])
    .when(reopened)
    .then([{ type: 'RecordingGap', data: { what: 'close', why } }, reopened]);
  given([opened, reopened]).when(reopened).thenPast();
  const state = stateAfter([opened, reopened]);
  equal([state.phase, state.isCloseMissing], ['open', false]);
});

undone('again in another block was confirmed there unseen', () => {
  const later: DirectFact = {
    ...unconfirmed,
    data: { ...unconfirmed.data, blockHash: otherBlock },
  };
  given([opened, confirmed, unconfirmed]).when(later).then([later]);
  equal(stateAfter([opened, unconfirmed, later]).undone, [
    { what: fundingOutpoint, blockHash: otherBlock },
  ]);
  equal(stateAfter([opened, unconfirmed, later, confirmed]).undone, []);
  equal(stateAfter([opened, reopened, closed, claimed]).undone, []);
  equal(stateAfter([opened, closed, unclaimed, claimed]).undone, []);
});

undone('where another transaction stands contradicts', () => {
  const otherTxid = Txid('99'.repeat(32));
  const otherClose = { ...reopened, data: { ...reopened.data, closingTxid: otherTxid } };
  const otherClaim = { ...unclaimed, data: { ...unclaimed.data, sweepTxid: otherTxid } };
  for (const undo of [otherClose, otherClaim]) {
    given([opened, closed, claimed]).when(undo).thenPast();
    equal(check(stateAfter([opened, closed, claimed]), undo)?.rule, 'undo-names-what-stands');
  }
});

undone('a candidate is dropped once, and the funding in force never', () => {
  given([opened, candidate]).when(dropped).then([dropped]);
  given([opened, candidate, dropped]).when(dropped).thenPast();
  equal(check(stateAfter([opened]), { ...dropped, data: { fundingOutpoint } }), {
    rule: 'undo-names-what-stands',
    detail: 'FundingCandidateDropped: nothing like it stands now',
  });
});

undone('the fundings that another replaced are dropped after it, each once', () => {
  const third = Outpoint(`${'66'.repeat(32)}:0`);
  const rbf = (fundingOutpoint: Outpoint) => {
    const data = { ...candidate.data, fundingOutpoint, kind: 'replacement-by-fee' } as const;
    return { type: 'FundingCandidateAdded', data } satisfies ChannelFact;
  };
  const confirmedIt = { ...confirmed, data: { ...confirmed.data, fundingOutpoint: elsewhere } };
  const drop = (fundingOutpoint: Outpoint) => ({ ...dropped, data: { fundingOutpoint } });
  const before = [opened, rbf(elsewhere), rbf(third), confirmedIt, replaced];
  given(before)
    .when(drop(fundingOutpoint))
    .then([drop(fundingOutpoint)]);
  const both = [...before, drop(fundingOutpoint), drop(third)];
  equal(stateAfter(both).lostFundings, []);
  for (const outpoint of [fundingOutpoint, third]) given(both).when(drop(outpoint)).thenPast();
  given(both).when(drop(elsewhere)).thenPast();
  // Negotiated anew, it is a candidate again.
  const again = stateAfter([...before, rbf(third)]);
  equal([again.fundings.length, again.lostFundings], [2, [fundingOutpoint]]);
});

undone('a candidate that nobody told of is dropped all the same, once', () => {
  given([opened]).when(dropped).then([dropped]);
  given([opened, dropped]).when(dropped).thenPast();
  equal(ruleUses(stateAfter([opened]), dropped).at(-1), {
    rule: 'undo-names-what-stands',
    whyNot: 'what it takes back was not seen',
  });
  given([ready], context).when(dropped).then([dropped]);
  // Negotiated after that, it may be dropped anew.
  given([opened, dropped, candidate]).when(dropped).then([dropped]);
  equal(stateAfter([opened, dropped, candidate]).undone, []);
});

undone('a candidate is dropped when the channel was closed over it', () => {
  given([opened, candidate, closed]).when(dropped).then([dropped]);
  given([opened, candidate, closed, dropped]).when(dropped).thenPast();
});

undone('the funding of a channel whose close still stands, and it is confirmed anew', () => {
  const before = [opened, confirmed, closed];
  given(before).when(unconfirmed).then([unconfirmed]);
  equal(stateAfter([...before, unconfirmed]).phase, 'closed');
  const anew = { ...confirmed, data: { ...confirmed.data, height: 4, blockHash: otherBlock } };
  given([...before, unconfirmed])
    .when(anew)
    .then([anew]);
  given([opened, closed])
    .when(confirmed)
    .thenRefused('closed-is-final', 'FundingConfirmed after the channel was closed');
});

undone('the funding that a splice spent was confirmed, and is not dropped', () => {
  const spent = { ...dropped, data: { fundingOutpoint } };
  given([opened, confirmed, candidate, replaced]).when(spent).thenPast();
});

undone('a second confirmation without an undo between contradicts', () => {
  const inAnother = { ...confirmed, data: { ...confirmed.data, blockHash: otherBlock } };
  given([opened, confirmed])
    .when(inAnother)
    .thenRefused('fact-restated', 'FundingConfirmed was recorded before with other values');
  equal(check(stateAfter([opened, confirmed]), confirmed)?.rule, 'fact-restated');
});

undone('an output claimed otherwise by the same transaction contradicts', () => {
  given([opened, closed, claimed])
    .when({ ...claimed, data: { ...claimed.data, outcome: 'lost' } })
    .thenRefused('fact-restated', 'OutputResolved was recorded before with other values');
});

undone.run();
