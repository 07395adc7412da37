/** Of a dossier: the closing transaction, the source's reason, the last commitments. */

import { reasonOf } from '../../channel/close-reasons.ts';
import type { Side } from '../../channel/fields.ts';
import {
  broadcastNumber,
  broadcastSide,
  commitmentOnChain,
  contradiction,
  isSeenOnChain,
} from './broadcast.ts';
import { type ClosingCase, lastCommitment } from './case.ts';
import { reasonPart, sourcePart, sourceReasonPart } from './own-words.ts';
import {
  type Basis,
  type DossierLine,
  heightName,
  lineOf,
  type Part,
  transactionName,
} from './parts.ts';

const WHO = {
  local: 'this node',
  remote: 'the peer',
  both: 'both ends',
  unknown: 'nobody knows which end',
} as const;

const KINDS = {
  cooperative: 'a cooperative close',
  'local-force': "this node's commitment",
  'remote-force': "the peer's commitment",
  breach: 'a revoked commitment',
  'funding-cancelled': 'the funding was cancelled',
  abandoned: 'the channel was abandoned',
  unknown: 'a close of unknown kind',
} as const;

export function closeLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed, started, shutdowns } = closing;
  const lines: DossierLine[] = [];
  for (const event of shutdowns) {
    lines.push(
      lineOf('stated', [`${WHO[event.fact.data.by]} asked for a cooperative close`], [event]),
    );
  }
  for (const event of started) {
    const { by } = event.fact.data;
    lines.push(
      lineOf(
        by === 'unknown' ? 'unknown' : 'stated',
        [`given up by ${WHO[by]}${contradiction(closing, event)}`],
        [event],
      ),
    );
  }
  if (closed === undefined) {
    return [
      ...lines,
      lineOf('unknown', ['no closing transaction is in a block as far as is known']),
    ];
  }
  const { initiator, closingTxid, height, feeSat, isFeeDerived } = closed.fact.data;
  const basis = basisOfClose(closing);
  const label = basis === 'transaction' ? '' : ', by label only';
  const commitmentNumber = broadcastNumber(closing);
  const number: Part[] = commitmentNumber === undefined ? [] : [` number ${commitmentNumber}`];
  const closer = initiator === 'unknown' ? broadcastSide(closing) : initiator;
  const by = closer === undefined ? ', by whom is not told' : `, by ${WHO[closer]}`;
  const onChain = commitmentOnChain(closing);
  const what = [kindOf(closing), ...number, `${by}${label}`];
  lines.push(lineOf(basis, what, [closed, onChain]));
  if (closingTxid !== undefined) {
    const at: Part[] = height === undefined ? [] : [' at height ', heightName(height)];
    lines.push(lineOf(basis, ['transaction ', transactionName(closingTxid), ...at], [closed]));
  }
  if (feeSat !== undefined) {
    const feeBasis = isFeeDerived === true ? 'derived' : basis;
    lines.push(lineOf(feeBasis, [`its fee was ${feeSat} sat`], [closed]));
  }
  return lines;
}

/** What the source calls unknown is told by the recorded commitment that has the transaction's id. */
function kindOf(closing: ClosingCase): string {
  const kind = closing.closed?.fact.data.kind ?? 'unknown';
  const side = kind === 'unknown' ? broadcastSide(closing) : undefined;
  return side === undefined ? KINDS[kind] : KINDS[`${side}-force`];
}

export function basisOfClose(closing: ClosingCase): Basis {
  return isSeenOnChain(closing) ? 'transaction' : 'stated';
}

export function reasonLines(closing: ClosingCase): readonly DossierLine[] {
  return closing.started.flatMap((event) => {
    const { reason, sourceReason } = event.fact.data;
    const known = reasonOf(reason, sourceReason);
    const said: Part[] = sourceReason === undefined ? [] : [': ', sourceReasonPart(sourceReason)];
    const own = [sourcePart(event.source), ' says ', reasonPart(reason)];
    return [
      lineOf('stated', [...own, ...said], [event]),
      ...(known === undefined
        ? []
        : [lineOf('stated', [`that is: ${known.plain}${contradiction(closing, event)}`], [event])]),
    ];
  });
}

export function commitmentLines(closing: ClosingCase): readonly DossierLine[] {
  return (['local', 'remote'] as const).map((side) => commitmentLine(closing, side));
}

function commitmentLine(closing: ClosingCase, side: Side): DossierLine {
  const last = lastCommitment(closing, side);
  const whose = side === 'local' ? 'ours' : 'theirs';
  if (last === undefined) return lineOf('unknown', [`${whose}: none is recorded`]);
  const { number, localBalanceMsat, remoteBalanceMsat, offered, received, signatures } =
    last.fact.data;
  const held = offered.length + received.length;
  const htlcs = held === 0 ? 'no HTLC' : held === 1 ? '1 HTLC' : `${held} HTLCs`;
  const basis = signatures?.commitment === undefined ? 'stated' : 'signed';
  return lineOf(
    basis,
    [
      `${whose}: number ${number}, ${localBalanceMsat} msat ours, ${remoteBalanceMsat} msat theirs, ${htlcs}`,
    ],
    [last],
  );
}
