/** Of a dossier: each output of the close, who claimed it, what it cost, and what was at risk meanwhile. */
import { isPaidAtOnce, untoldFate } from '../output-fates.ts';
import { cheaterOf, isClaimSeen, isRevoked, mayPunish } from './broadcast.ts';
import type { CaseEventOf, ClosingCase } from './case.ts';
import { basisOfClose } from './dossier-close.ts';
import { type Output, outputsOf, type Resolved } from './output-claims.ts';
import { type DossierLine, heightName, lineOf, outpointName, type Part } from './parts.ts';

export function outputLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed } = closing;
  const basis = basisOfClose(closing);
  return outputsOf(closing).map(({ outpoint, what, valueSat, htlcId, resolved }) => {
    const name = htlcId === undefined ? what : `${what} ${htlcId}`;
    const parts: Part[] = [`${name}, ${valueSat} sat, `, outpointName(outpoint), ': '];
    if (resolved === undefined) {
      const fate = untoldFate(what, mayPunish(closing));
      return lineOf(basis, [...parts, fate], [closed]);
    }
    if (isPaidAtOnce(valueSat, resolved.fact.data)) {
      return lineOf(
        'stated',
        [...parts, 'paid to this node by the close itself'],
        [closed, resolved],
      );
    }
    const { stage, sweptSat, feeSat, isFeeDerived, height } = resolved.fact.data;
    const fate = fateOf(resolved.fact.data, closing);
    parts.push(stage === 'first' ? `${fate}, to be claimed once more` : fate);
    if (height === undefined) parts.push(', when is not told');
    else parts.push(' at height ', heightName(height));
    if (sweptSat !== undefined) parts.push(`, ${sweptSat} sat arrived`);
    if (feeSat !== undefined) {
      parts.push(
        isFeeDerived === true
          ? `, at a cost of ${feeSat} sat (derived)`
          : `, at a cost of ${feeSat} sat`,
      );
    }
    return lineOf(isClaimSeen(resolved.fact.data) ? 'transaction' : 'stated', parts, [resolved]);
  });
}

function fateOf({ outcome }: Resolved['fact']['data'], closing: ClosingCase): string {
  if (outcome !== 'punished') return FATES[outcome];
  // Who is punished is who broadcast the revoked commitment.
  const cheater = cheaterOf(closing);
  if (cheater === undefined) return 'taken as a penalty (by whom is not told)';
  return `taken by ${cheater === 'local' ? 'the peer' : 'this node'} as a penalty`;
}

const FATES = {
  claimed: 'claimed by this node',
  'timed-out': 'taken back by this node after its deadline',
  lost: 'claimed by the peer',
  unclaimed: 'not claimed',
  abandoned: 'given up as not worth its fee',
} as const;

/** Outputs that could still have come to us, or gone elsewhere. */
const AT_RISK: ReadonlySet<string> = new Set(['to-local', 'htlc-offered', 'htlc-received']);

/** Of a revoked commitment nothing is safe but what the one who was cheated owns in it. */
function isAtRisk({ what, valueSat, resolved }: Output, closing: ClosingCase): boolean {
  if (resolved !== undefined && isPaidAtOnce(valueSat, resolved.fact.data)) return false;
  if (!isRevoked(closing)) return AT_RISK.has(what);
  return !what.startsWith('anchor') && (what !== 'to-remote' || mayPunish(closing));
}

/** After each block in which something was decided: what was still open. */
export function riskLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed } = closing;
  const height = closed?.fact.data.height;
  const all = outputsOf(closing);
  const open = all.filter((output) => isAtRisk(output, closing));
  if (closed === undefined || height === undefined || open.length === 0) return [];
  const untimed = open.filter(({ resolved }) => {
    return resolved !== undefined && resolved.fact.data.height === undefined;
  });
  // Open after the close they all were; from then on what was claimed at an untold height may be gone.
  const isAtMost = untimed.length > 0;
  const first = open.filter(({ outpoint }) => isOfClose(outpoint, closed));
  const pending = new Map(first.map((output) => [output.outpoint, output]));
  const names = new Set(open.map(({ outpoint }) => outpoint));
  const lines = [riskLine({ pending, isAtMost: false }, height, 'the close', [closed])];
  const steps = all
    .flatMap(({ resolved }) => (resolved?.fact.data.height === undefined ? [] : [resolved]))
    .sort((a, b) => (a.fact.data.height ?? 0) - (b.fact.data.height ?? 0));
  for (const step of steps) {
    if (!decided(pending, names, step, closed)) continue;
    const { amountSat, height: at = height } = step.fact.data;
    const why = `${amountSat} sat ${fateOf(step.fact.data, closing)}`;
    lines.push(riskLine({ pending, isAtMost }, at, why, [step]));
  }
  return [...lines, ...untimed.map((output) => untimedLine(output, closing))];
}

/** Takes off what a claim decided; false where it was never at risk. */
function decided(
  pending: Map<string, Output>,
  names: ReadonlySet<string>,
  step: Resolved,
  closed: CaseEventOf<'ChannelClosed'>,
): boolean {
  const { outpoint, stage, sweptSat, amountSat } = step.fact.data;
  if (!pending.delete(outpoint) && !names.has(outpoint)) return false;
  // What the first of two stages made is at risk until the second.
  if (stage === 'first' && sweptSat !== undefined) {
    pending.set(`after ${outpoint}`, { outpoint, what: 'to-local', valueSat: sweptSat });
  } else if (!isOfClose(outpoint, closed)) {
    const before = [...pending].find(
      ([key, o]) => key.startsWith('after ') && o.valueSat === amountSat,
    );
    if (before !== undefined) pending.delete(before[0]);
  }
  return true;
}

function untimedLine({ what, valueSat, resolved }: Output, closing: ClosingCase): DossierLine {
  const fate = resolved === undefined ? '' : ` ${fateOf(resolved.fact.data, closing)}`;
  const text = `${what}, ${valueSat} sat,${fate}: until when it was open is not told`;
  return lineOf('unknown', [text], [resolved]);
}

function isOfClose(outpoint: string, closed: CaseEventOf<'ChannelClosed'>): boolean {
  const { closingTxid } = closed.fact.data;
  return closingTxid === undefined || outpoint.startsWith(closingTxid);
}

interface Open {
  readonly pending: ReadonlyMap<string, Output>;
  /** Of something in the sum it is not told until when it was open. */
  readonly isAtMost: boolean;
}

function riskLine(
  { pending, isAtMost }: Open,
  height: number,
  why: string,
  restsOn: readonly { readonly eventId: string }[],
): DossierLine {
  const sum = [...pending.values()].reduce((total, { valueSat }) => total + valueSat, 0n);
  return lineOf(
    'derived',
    ['height ', heightName(height), `: ${isAtMost ? 'at most ' : ''}${sum} sat open after ${why}`],
    restsOn,
  );
}
