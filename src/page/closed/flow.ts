/**
 * Where each satoshi of a closed channel went, as steps and their parts: channel, outputs of the closing
 * transaction, second stage, and whose it is in the end. Nothing is worked out that the summary does
 * not tell: what is left over is unknown, and is a part of its own. Pure.
 */
import type { Closed } from '../api/json.ts';

/** In the order in which they are drawn. */
export const ends = [
  { id: 'us', title: 'to us' },
  { id: 'us-less-fee', title: 'to us, less a fee nobody told' },
  { id: 'peer', title: 'to the peer' },
  { id: 'open', title: 'not claimed' },
  { id: 'unknown', title: 'unknown' },
  { id: 'fees', title: 'fees' },
] as const;
export type End = (typeof ends)[number]['id'];

export type Output = Closed['close']['outputs'][number];
type Close = Pick<
  Closed['close'],
  'kind' | 'initiator' | 'closingTxid' | 'feeSat' | 'settledBalanceSat' | 'outputs'
>;
export type Subject = Pick<Closed, 'capacitySat'> & { readonly close: Close };

export interface Part {
  readonly sat: bigint;
  readonly to: End | Step;
}

export interface Step {
  readonly title: string;
  /** What it was before anybody claimed it. */
  readonly owner: 'local' | 'remote' | 'flight' | 'fees' | 'unknown';
  readonly sat: bigint;
  /** They sum to `sat`. */
  readonly parts: readonly Part[];
  readonly output?: Output;
}

export interface Flow {
  /** The capacity; where it is not known, or less than what came out, all that came out. */
  readonly totalSat: bigint;
  readonly isCapacityKnown: boolean;
  /** More came out than the channel held: the summary contradicts itself. */
  readonly excessSat: bigint;
  readonly steps: readonly Step[];
  /** Coins that sweeps brought along to pay their fees. */
  readonly brought: readonly Part[];
  /** Sums to `totalSat` and what was brought. */
  readonly sums: ReadonlyMap<End, bigint>;
}

export function flowOf({ capacitySat, close }: Subject): Flow {
  const brought: Part[] = [];
  const steps = [...outputSteps(close, brought), ...statedSteps(close)];
  if (close.feeSat !== undefined) {
    steps.push(whole('fee of the closing transaction', 'fees', BigInt(close.feeSat), 'fees'));
  }
  const told = sumOf(steps);
  const capacity = BigInt(capacitySat ?? 0);
  const rest = capacity - told;
  if (rest > 0n) {
    const title = close.feeSat === undefined ? 'fee, and what nobody told' : 'nobody told';
    steps.push(whole(title, 'unknown', rest, 'unknown'));
  }
  const ordered = steps.sort((a, b) => rankOf(a) - rankOf(b) || (a.sat < b.sat ? 1 : -1));
  return {
    totalSat: rest > 0n ? capacity : told,
    isCapacityKnown: capacitySat !== undefined,
    excessSat: capacitySat !== undefined && rest < 0n ? -rest : 0n,
    steps: ordered,
    brought,
    sums: endSums([...ordered.flatMap(({ parts }) => parts), ...brought]),
  };
}

function outputSteps({ outputs, closingTxid, initiator }: Close, brought: Part[]): Step[] {
  const isOfClose = ({ outpoint }: Output) =>
    closingTxid === undefined || outpoint.startsWith(`${closingTxid}:`);
  const later = new Set(outputs.filter((output) => !isOfClose(output)));
  const stepOf = (output: Output): Step => {
    const next = output.stage === 'first' ? takeNext(output, later) : undefined;
    const sat = BigInt(output.valueSat);
    const wanted = partsOf(output, next && stepOf(next), initiator);
    return {
      title: titleOf(output),
      owner: ownerOf(output.what),
      sat,
      parts: bounded(wanted, sat, brought),
      output,
    };
  };
  const first = outputs.filter(isOfClose).map(stepOf);
  // What no first stage leads to still came out of the channel.
  return [...first, ...[...later].map(stepOf)];
}

/** The output that the first of two stages made: of its transaction, and of its amount where one is. */
function takeNext({ sweepTxid, sweptSat }: Output, later: Set<Output>): Output | undefined {
  if (sweepTxid === undefined) return undefined;
  const made = [...later].filter(({ outpoint }) => outpoint.startsWith(`${sweepTxid}:`));
  const next = made.find(({ valueSat }) => valueSat === sweptSat) ?? made[0];
  if (next !== undefined) later.delete(next);
  return next;
}

/** As they are told: they need not sum to the output. */
function partsOf(
  { outcome, what, stage, valueSat, ...claim }: Output,
  next: Step | undefined,
  initiator: Close['initiator'],
): Part[] {
  const whole = BigInt(valueSat);
  if (outcome === undefined) return [{ sat: whole, to: untouched(what) }];
  if (outcome === 'unclaimed' || outcome === 'abandoned') return [{ sat: whole, to: 'open' }];
  const who = claimantOf(outcome, initiator);
  const swept = claim.sweptSat === undefined ? next?.sat : BigInt(claim.sweptSat);
  const fee = claim.feeSat === undefined ? undefined : BigInt(claim.feeSat);
  if (stage === 'first' && who === 'us' && swept !== undefined) {
    return [{ sat: swept, to: next ?? 'open' }, ...paid(fee)];
  }
  if (swept !== undefined) return [{ sat: swept, to: who }, ...paid(fee)];
  const left = fee !== undefined && fee < whole ? whole - fee : whole;
  return [{ sat: left, to: who === 'us' ? 'us-less-fee' : who }, ...paid(fee)];
}

const paid = (fee: bigint | undefined): Part[] =>
  fee === undefined ? [] : [{ sat: fee, to: 'fees' }];

/** Who is punished is who broadcast the revoked commitment. */
function claimantOf(
  outcome: 'claimed' | 'timed-out' | 'punished' | 'lost',
  initiator: Close['initiator'],
): 'us' | 'peer' | 'unknown' {
  if (outcome === 'lost') return 'peer';
  if (outcome !== 'punished') return 'us';
  if (initiator === 'local') return 'peer';
  return initiator === 'remote' ? 'us' : 'unknown';
}

/** Some outputs lie in a wallet from the start. */
function untouched(what: Output['what']): End {
  if (what === 'cooperative-local') return 'us';
  if (what === 'cooperative-remote' || what === 'to-remote') return 'peer';
  return what === 'unknown' ? 'unknown' : 'open';
}

/** No more than the output held; what is more was brought along, what is less nobody told. */
function bounded(wanted: readonly Part[], sat: bigint, brought: Part[]): readonly Part[] {
  const parts: Part[] = [];
  let left = sat;
  for (const { sat: asked, to } of wanted) {
    const given = asked < left ? asked : left;
    if (given > 0n) parts.push({ sat: given, to: toWhole(to, given) });
    if (asked > given && typeof to === 'string') brought.push({ sat: asked - given, to });
    left -= given;
  }
  if (left > 0n) parts.push({ sat: left, to: 'unknown' });
  return parts;
}

/** A second stage holds what came into it. */
function toWhole(to: End | Step, given: bigint): End | Step {
  return typeof to === 'string' || to.sat === given ? to : 'unknown';
}

/** A source that told no outputs may still have told what a cooperative close paid us. */
function statedSteps({ kind, outputs, settledBalanceSat }: Close): Step[] {
  if (kind !== 'cooperative' || outputs.length > 0 || settledBalanceSat === undefined) return [];
  const sat = BigInt(settledBalanceSat);
  return sat === 0n ? [] : [whole('settled, as the source states', 'local', sat, 'us')];
}

function whole(title: string, owner: Step['owner'], sat: bigint, to: End): Step {
  return { title, owner, sat, parts: [{ sat, to }] };
}

function titleOf({ what, htlcId }: Pick<Output, 'what' | 'htlcId'>): string {
  return htlcId === undefined ? what : `${what} ${htlcId}`;
}

function ownerOf(what: Output['what']): Step['owner'] {
  if (what.startsWith('htlc')) return 'flight';
  if (what.endsWith('local')) return 'local';
  return what.endsWith('remote') ? 'remote' : 'unknown';
}

const sumOf = (all: readonly { readonly sat: bigint }[]) =>
  all.reduce((sum, { sat }) => sum + sat, 0n);

export function endSums(parts: readonly Part[]): ReadonlyMap<End, bigint> {
  const sums = new Map<End, bigint>();
  const add = ({ sat, to }: Part): void => {
    if (typeof to === 'string') sums.set(to, (sums.get(to) ?? 0n) + sat);
    else for (const part of to.parts) add(part);
  };
  for (const part of parts) add(part);
  return sums;
}

/** Where most of it went: steps that end together are drawn together. */
function rankOf(step: Step): number {
  const sums = endSums(step.parts);
  const most = [...sums].reduce((a, b) => (b[1] > a[1] ? b : a), ['unknown', -1n] as const);
  return ends.findIndex(({ id }) => id === most[0]);
}
