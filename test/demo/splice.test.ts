/**
 * Splices and replacement by fee, which LDK here cannot do, as another program would tell them: a channel
 * keeps its identity and its numbers while its funding changes under it.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseObservation } from '../../src/ledger/observation-json.ts';
import type { ChannelView } from '../../src/ledger/view-types.ts';
import { memoryLedger } from './play.ts';

const splice = suite('a channel that is spliced');
const replaced = suite('an opening that is replaced by fee');

const fixture = new URL('../fixtures/splice.observations.ndjson', import.meta.url);
const lines = readFileSync(fixture, 'utf8').trimEnd().split('\n');
const told = lines.map((line) => parseObservation(JSON.parse(line)));

const opening = `${'aa'.repeat(32)}:0`;
const spliced = `${'bb'.repeat(32)}:1`;
const firstTry = `${'cc'.repeat(32)}:0`;
const outbid = `${'dd'.repeat(32)}:0`;
const confirmed = `${'ee'.repeat(32)}:0`;

const ledger = await memoryLedger('splice');
const report = await ledger.recordBatch(told);

/** The channel right after the observation of this line (from 1). */
async function afterLine(line: number, name: string): Promise<ChannelView> {
  const upTo = await memoryLedger('splice');
  await upTo.recordBatch(told.slice(0, line));
  return upTo.channel(name);
}

/** The last line that tells this of this funding. */
function lineOf(type: string, fundingOutpoint: string): number {
  const line = told.findLastIndex(({ fact }) => {
    const { data } = fact;
    return (
      fact.type === type && 'fundingOutpoint' in data && data.fundingOutpoint === fundingOutpoint
    );
  });
  assert.ok(line >= 0, `${type} of ${fundingOutpoint}`);
  return line + 1;
}

type Held = Pick<ChannelView, 'local' | 'remote'>;

/** Number and balances of both commitments. */
function commitmentsOf({ local, remote }: Held) {
  return [local, remote].map((commitment) => {
    return [commitment?.number, commitment?.localBalanceMsat, commitment?.remoteBalanceMsat];
  });
}

splice('is recorded without a contradiction, and every rule was kept', async () => {
  assert.is(report.quarantined, 0);
  assert.equal(ledger.problems(), []);
  assert.equal((await ledger.verify()).broken, []);
});

splice('goes on from the present commitments, on the candidate beside the funding', async () => {
  const view = await afterLine(lineOf('FundingCandidateAdded', spliced), opening);
  assert.is(view.fundingOutpoint, opening);
  assert.is(view.capacitySat, 1_000_000n);
  assert.equal(commitmentsOf(view), [
    [1, 750_000_000n, 200_000_000n],
    [1, 750_000_000n, 200_000_000n],
  ]);
  const [candidate, second] = view.candidates;
  assert.ok(candidate);
  assert.is(second, undefined);
  const { fundingOutpoint, kind, capacitySat, fundingFeeSat } = candidate;
  assert.equal(
    { fundingOutpoint, kind, capacitySat, fundingFeeSat },
    { fundingOutpoint: spliced, kind: 'splice', capacitySat: 1_500_000n, fundingFeeSat: 700n },
  );
  assert.equal(commitmentsOf(candidate), [
    [1, 1_250_000_000n, 200_000_000n],
    [1, 1_250_000_000n, 200_000_000n],
  ]);
});

splice('moves every commitment by the same HTLCs, and counts each once', async () => {
  const view = await afterLine(lineOf('FundingConfirmed', spliced), opening);
  assert.equal(commitmentsOf(view), [
    [2, 750_000_000n, 250_000_000n],
    [2, 750_000_000n, 250_000_000n],
  ]);
  const [candidate] = view.candidates;
  assert.ok(candidate);
  assert.equal(commitmentsOf(candidate), [
    [2, 1_250_000_000n, 250_000_000n],
    [2, 1_250_000_000n, 250_000_000n],
  ]);
  assert.is(candidate.confirmedHeight, 520);
  assert.is(candidate.shortChannelId, '520x2x1');
  assert.equal(view.totals.sentMsat, 50_000_000n);
  assert.is(view.totals.sentCount, 1);
  assert.equal(view.htlcs, []);
  assert.equal(
    [view.localBalanceMsat, view.remoteBalanceMsat],
    [750_000_000n, 250_000_000n],
    'what is shown is the funding in force',
  );
});

splice('goes on with the candidate as its funding', () => {
  const view = ledger.channel(spliced);
  const { fundingOutpoint, capacitySat, shortChannelId, confirmedHeight, status } = view;
  assert.equal(
    { fundingOutpoint, capacitySat, shortChannelId, confirmedHeight, status },
    {
      fundingOutpoint: spliced,
      capacitySat: 1_500_000n,
      shortChannelId: '520x2x1',
      confirmedHeight: 520,
      status: 'open',
    },
  );
  assert.equal(view.candidates, []);
  assert.equal(commitmentsOf(view), [
    [3, 1_250_000_000n, 240_000_000n],
    [3, 1_250_000_000n, 240_000_000n],
  ]);
  assert.equal([view.pendingReceivedMsat, view.pendingHtlcCount], [10_000_000n, 1]);
  assert.is(view.precision, 'msat');
});

splice('is found under every outpoint and short channel id it ever had', () => {
  const names = [opening, spliced, '500x1x0', '520x2x1', 'aa'.repeat(32), 'bb'.repeat(6)];
  for (const name of names) {
    const view = ledger.channel(name);
    assert.is(view.channelId, 'aa'.repeat(32), name);
    assert.equal(view.outpoints, [spliced, opening], name);
  }
});

splice('is as it was before, when asked of a moment before', () => {
  const at = { kind: 'commitment', side: 'local', number: 1 } as const;
  const before = ledger.channel(spliced, { at });
  assert.is(before.fundingOutpoint, opening);
  assert.is(before.capacitySat, 1_000_000n);
  assert.equal(before.pendingOfferedMsat, 50_000_000n);
});

splice('whose balances do not make up the new capacity is refused by name', async () => {
  const line = lineOf('FundingCandidateAdded', spliced);
  const wrong = lines[line - 1]?.replace('"capacitySat":"1500000"', '"capacitySat":"1500001"');
  assert.ok(wrong && wrong !== lines[line - 1]);
  const refusing = await memoryLedger('splice');
  await refusing.recordBatch(told.slice(0, line - 1));
  const refused = await refusing.recordBatch([parseObservation(JSON.parse(wrong))]);
  assert.is(refused.quarantined, 1);
  assert.is(refusing.problems()[0]?.rule, 'balances-equal-capacity');
});

replaced('keeps all tries as candidates until one confirms', async () => {
  const view = await afterLine(lineOf('FundingCandidateAdded', confirmed), firstTry);
  assert.is(view.status, 'pending');
  assert.is(view.fundingOutpoint, firstTry);
  assert.equal(
    view.candidates.map(({ fundingOutpoint, kind, capacitySat }) => {
      return [fundingOutpoint, kind, capacitySat];
    }),
    [
      [outbid, 'replacement-by-fee', 600_000n],
      [confirmed, 'replacement-by-fee', 700_000n],
    ],
  );
});

replaced('lives on the one that confirmed, under its first identity', () => {
  for (const name of [firstTry, confirmed, '530x1x0']) {
    const view = ledger.channel(name);
    assert.is(view.channelId, 'cc'.repeat(32), name);
    assert.is(view.fundingOutpoint, confirmed);
    assert.is(view.capacitySat, 700_000n);
    assert.is(view.status, 'open');
    assert.equal(commitmentsOf(view), [
      [1, 650_000_000n, 0n],
      [1, 650_000_000n, 0n],
    ]);
    assert.is(view.precision, 'msat');
    assert.equal(view.candidates, []);
  }
});

splice.run();
replaced.run();
