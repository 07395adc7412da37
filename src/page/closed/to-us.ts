/**
 * How what a close gave us became what reached us: our balance, our output, what came from other outputs,
 * what sweeps cost. Only of what is told: a difference that no source explains is a line of its own. Pure.
 */
import type { Closed } from '../api/json.ts';
import { type End, endSums, type Flow, type Part, type Step } from './flow.ts';

export interface Line {
  readonly title: string;
  readonly sat: bigint;
  /** What the lines before it come to; the others are added, or taken away. */
  readonly isSum: boolean;
}

type Close = Pick<Closed['close'], 'kind' | 'feeSat' | 'outputs'>;
export type Balanced = Pick<Closed, 'localBalanceMsat'> & { readonly close: Close };

/** Empty where there is nothing to explain: no output of ours is told, or it came to us as it was. */
export function wayToUs({ localBalanceMsat, close }: Balanced, flow: Flow): readonly Line[] {
  const told = flow.steps.filter(({ output }) => output !== undefined);
  const own = told.filter(({ owner }) => owner === 'local');
  if (own.length === 0) return [];
  const ownSat = own.reduce((sum, { sat }) => sum + sat, 0n);
  // A revoked commitment is older than the last balance, which explains nothing there.
  const before = close.kind === 'breach' ? [] : balanceBefore(localBalanceMsat, ownSat, close);
  const after = movements(told, flow.brought);
  if (before.length + after.length === 0) return [];
  const ownTitle = own.length > 1 ? 'our own outputs' : 'our own output';
  const title = flow.sums.has('us-less-fee') ? 'to us, less a fee nobody told' : 'to us';
  const reached = ours(flow.sums);
  return [
    ...before,
    { title: ownTitle, sat: ownSat, isSum: true },
    ...after,
    ...(after.length === 0 ? [] : [{ title, sat: reached, isSum: true }]),
  ];
}

function balanceBefore(
  localBalanceMsat: string | undefined,
  ownSat: bigint,
  { feeSat, outputs }: Close,
): readonly Line[] {
  if (localBalanceMsat === undefined) return [];
  const balanceSat = BigInt(localBalanceMsat) / 1000n;
  const left = balanceSat - ownSat;
  if (left === 0n) return [];
  return [
    { title: 'our last balance', sat: balanceSat, isSum: true },
    { title: costTitle(left, feeSat, outputs), sat: -left, isSum: false },
  ];
}

/** Who opened the channel pays the fee of its commitments, and the anchors of both. */
function costTitle(left: bigint, feeSat: string | undefined, outputs: Close['outputs']): string {
  if (feeSat !== undefined) {
    const fee = BigInt(feeSat);
    const anchor = outputs.find(({ what }) => what === 'anchor-remote')?.valueSat ?? '0';
    if (left === fee) return 'fee of the closing transaction';
    if (left === fee + BigInt(anchor)) return "fee of the closing transaction, the peer's anchor";
  }
  return 'a difference that no source explains';
}

type Sums = ReadonlyMap<End, bigint>;

interface Ended {
  readonly owner: Step['owner'];
  readonly sums: Sums;
}

/** From our own outputs to what reached us. */
function movements(told: readonly Step[], brought: readonly Part[]): readonly Line[] {
  const all = told.map(({ owner, parts }): Ended => ({ owner, sums: endSums(parts) }));
  const own = all.filter(({ owner }) => owner === 'local');
  const gained = all.filter(({ owner, sums }) => owner !== 'local' && ours(sums) > 0n);
  // Who takes an output pays for that out of it.
  const taken = own.filter(({ sums }) => of(sums, 'peer') > 0n && ours(sums) === 0n);
  const kept = own.filter((one) => !taken.includes(one));
  const gainedFrom = (owner: Step['owner']) =>
    sumOf(gained, (one) => (one.owner === owner ? ours(one.sums) + of(one.sums, 'fees') : 0n));
  const feesOf = (some: readonly Ended[]) => sumOf(some, ({ sums }) => of(sums, 'fees'));
  const lines = [
    { title: 'HTLC outputs that came to us', sat: gainedFrom('flight') },
    { title: "outputs of the peer's that we took", sat: gainedFrom('remote') },
    { title: 'other outputs that came to us', sat: gainedFrom('unknown') },
    {
      title: 'taken by the peer',
      sat: -(sumOf(own, ({ sums }) => of(sums, 'peer')) + feesOf(taken)),
    },
    { title: 'not claimed', sat: -sumOf(own, ({ sums }) => of(sums, 'open')) },
    { title: 'gone where nobody told', sat: -sumOf(own, ({ sums }) => of(sums, 'unknown')) },
    { title: 'fees of our sweeps', sat: -feesOf([...kept, ...gained]) },
    { title: 'other coins that our sweeps brought', sat: ours(endSums(brought)) },
  ];
  return lines.filter(({ sat }) => sat !== 0n).map((line) => ({ ...line, isSum: false }));
}

const of = (sums: Sums, end: End): bigint => sums.get(end) ?? 0n;
const ours = (sums: Sums): bigint => of(sums, 'us') + of(sums, 'us-less-fee');
const sumOf = <One>(all: readonly One[], satOf: (one: One) => bigint) =>
  all.reduce((sum, one) => sum + satOf(one), 0n);

type Stated = Pick<Closed, 'sources'> & {
  readonly close: Pick<Closed['close'], 'settledBalanceSat' | 'timeLockedBalanceSat' | 'outputs'>;
};

/**
 * What the sums of a summary are: as the source states them, and which outputs come to as much. Each
 * source means something of its own by them. Empty where none is stated, or nothing.
 */
export function statedSums({ sources, close }: Stated, amount: (sat: string) => string): string {
  const { settledBalanceSat: settled, timeLockedBalanceSat: locked } = close;
  const said = [
    { name: 'settled', sat: settled },
    { name: 'time-locked', sat: locked },
  ].flatMap(({ name, sat }) =>
    sat === undefined || sat === '0' ? [] : [`${name} ${amount(sat)}, ${asMuchAs(sat, close)}`],
  );
  if (said.length === 0) return '';
  return `As ${sources.join(' and ')} states it of the close: ${said.join('; ')}.`;
}

function asMuchAs(sat: string, { outputs }: Pick<Stated['close'], 'outputs'>): string {
  if (outputs.length === 0) return 'and no output is told of which it could be';
  const own = worth(outputs, ({ what }) => what === 'to-local' || what === 'cooperative-local');
  const back = worth(outputs, isHtlcOfOurs);
  if (BigInt(sat) === own) return 'as much as our own output';
  if (BigInt(sat) === own + back) {
    return 'as much as our own output and the HTLC outputs we claimed, after their first stage';
  }
  return 'to which no outputs that are told come';
}

type Output = Stated['close']['outputs'][number];

const isHtlcOfOurs = ({ what, outcome, stage }: Output) =>
  what.startsWith('htlc') && stage === 'last' && (outcome === 'claimed' || outcome === 'timed-out');

const worth = (outputs: readonly Output[], isCounted: (output: Output) => boolean) =>
  sumOf(outputs.filter(isCounted), ({ valueSat }) => BigInt(valueSat));
