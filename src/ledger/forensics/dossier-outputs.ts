/** Of a dossier: each output of the close, who claimed it, what it cost, and what was at risk meanwhile. */
import { outpointOf } from '../../lightning/ids.ts';
import { isClaimSeen } from './broadcast.ts';
import { type CaseEventOf, type ClosingCase, ofType } from './case.ts';
import { basisOfClose } from './dossier-close.ts';
import { type DossierLine, heightName, lineOf, outpointName, type Part } from './parts.ts';
import { closerOf } from './verdict.ts';

type Resolved = CaseEventOf<'OutputResolved'>;

/** Where both tellers have a claim, the fuller one; what a reorganisation took back is none. */
function resolutions({ events }: ClosingCase): ReadonlyMap<string, Resolved> {
  const undone = new Set(
    ofType(events, 'OutputUnconfirmed').map(
      ({ fact: { data } }) => `${data.outpoint}/${data.blockHash}`,
    ),
  );
  const found = new Map<string, Resolved>();
  for (const event of ofType(events, 'OutputResolved')) {
    const { outpoint, blockHash } = event.fact.data;
    if (blockHash !== undefined && undone.has(`${outpoint}/${blockHash}`)) continue;
    const other = found.get(outpoint);
    if (other === undefined || knownOf(event) >= knownOf(other)) found.set(outpoint, event);
  }
  return found;
}

function knownOf({ fact: { data } }: Resolved): number {
  return [data.sweepTxid, data.sweptSat, data.feeSat, data.height].filter((x) => x !== undefined)
    .length;
}

interface Output {
  readonly outpoint: string;
  readonly what: string;
  readonly valueSat: bigint;
  readonly htlcId?: number;
  readonly resolved?: Resolved;
}

function outputsOf(closing: ClosingCase): readonly Output[] {
  const found = resolutions(closing);
  const data = closing.closed?.fact.data;
  const txid = data?.closingTxid;
  const own = (data?.outputs ?? []).map((output): Output => {
    const outpoint = txid === undefined ? `output ${output.index}` : outpointOf(txid, output.index);
    const resolved = found.get(outpoint);
    const { what, valueSat, htlcId } = output;
    return {
      outpoint,
      what,
      valueSat,
      ...(htlcId !== undefined && { htlcId }),
      ...(resolved && { resolved }),
    };
  });
  const known = new Set(own.map(({ outpoint }) => outpoint));
  const more = [...found.values()].filter(({ fact }) => !known.has(fact.data.outpoint));
  return [
    ...own,
    ...more.map((resolved): Output => {
      const { outpoint, what, amountSat } = resolved.fact.data;
      return { outpoint, what, valueSat: amountSat, resolved };
    }),
  ];
}

export function outputLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed } = closing;
  const basis = basisOfClose(closing);
  return outputsOf(closing).map(({ outpoint, what, valueSat, htlcId, resolved }) => {
    const name = htlcId === undefined ? what : `${what} ${htlcId}`;
    const parts: Part[] = [`${name}, ${valueSat} sat, `, outpointName(outpoint), ': '];
    if (resolved === undefined) return lineOf(basis, [...parts, untold(what)], [closed]);
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
  return closerOf(closing) === 'local'
    ? 'taken by the peer as a penalty'
    : 'taken by this node as a penalty';
}

const FATES = {
  claimed: 'claimed by this node',
  'timed-out': 'taken back by this node after its deadline',
  lost: 'claimed by the peer',
  unclaimed: 'not claimed',
  abandoned: 'given up as not worth its fee',
} as const;

function untold(what: string): string {
  if (what === 'cooperative-local') return 'paid to us';
  if (what === 'cooperative-remote' || what === 'to-remote') return 'paid to them';
  return 'no claim of it is recorded';
}

/** Outputs that could still have come to us, or gone elsewhere. */
const AT_RISK = new Set(['to-local', 'htlc-offered', 'htlc-received']);

/** After each block in which something was decided: what was still open. */
export function riskLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed } = closing;
  const height = closed?.fact.data.height;
  const all = outputsOf(closing);
  const isBreach = closed?.fact.data.kind === 'breach';
  const open = new Map(
    all
      .filter(({ what, resolved }) => AT_RISK.has(what) || (isBreach && resolved !== undefined))
      .map((output) => [output.outpoint, output]),
  );
  if (closed === undefined || height === undefined || open.size === 0) return [];
  const first = new Map([...open].filter(([outpoint]) => isOfClose(outpoint, closed)));
  const lines = [riskLine(first, height, 'the close', [closed])];
  const steps = all
    .flatMap(({ resolved }) => (resolved?.fact.data.height === undefined ? [] : [resolved]))
    .sort((a, b) => (a.fact.data.height ?? 0) - (b.fact.data.height ?? 0));
  const pending = new Map(first);
  for (const step of steps) {
    const { outpoint, stage, sweptSat, amountSat, height: at = height } = step.fact.data;
    if (!pending.delete(outpoint) && !open.has(outpoint)) continue;
    // What the first of two stages made is at risk until the second.
    if (stage === 'first' && sweptSat !== undefined) {
      pending.set(`after ${outpoint}`, { outpoint, what: 'to-local', valueSat: sweptSat });
    } else if (!isOfClose(outpoint, closed)) {
      const before = [...pending].find(
        ([key, o]) => key.startsWith('after ') && o.valueSat === amountSat,
      );
      if (before !== undefined) pending.delete(before[0]);
    }
    lines.push(
      riskLine(pending, at, `${amountSat} sat ${fateOf(step.fact.data, closing)}`, [step]),
    );
  }
  return lines;
}

function isOfClose(outpoint: string, closed: CaseEventOf<'ChannelClosed'>): boolean {
  const { closingTxid } = closed.fact.data;
  return closingTxid === undefined || outpoint.startsWith(closingTxid);
}

function riskLine(
  pending: ReadonlyMap<string, Output>,
  height: number,
  why: string,
  restsOn: readonly { readonly eventId: string }[],
): DossierLine {
  const sum = [...pending.values()].reduce((total, { valueSat }) => total + valueSat, 0n);
  return lineOf(
    'derived',
    ['height ', heightName(height), `: ${sum} sat open after ${why}`],
    restsOn,
  );
}
