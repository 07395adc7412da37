/** Of a dossier: the closing transaction, the source's reason, the last commitments. */

import { reasonOf } from '../../channel/close-reasons.ts';
import type { Side } from '../../channel/fields.ts';
import {
  broadcastNumber,
  broadcastSide,
  commitmentOnChain,
  contradiction,
  isSeenOnChain,
  labelContradiction,
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
  const onChain = commitmentOnChain(closing);
  const told = initiator === 'unknown' ? broadcastSide(closing) : initiator;
  const closer = onChain?.fact.data.side ?? told;
  const what = closeWords(kindOf(closing), broadcastNumber(closing), closer);
  lines.push(lineOf(basis, [`${what}${label}`], [closed, onChain]), ...labelLines(closing));
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

type Kind = keyof typeof KINDS;

function closeWords(kind: Kind, number: number | undefined, by: keyof typeof WHO | undefined) {
  const which = number === undefined ? '' : ` number ${number}`;
  return `${KINDS[kind]}${which}${by === undefined ? ', by whom is not told' : `, by ${WHO[by]}`}`;
}

/** What the source calls unknown, or otherwise, is told by the recorded commitment that has the transaction's id. */
function kindOf(closing: ClosingCase): Kind {
  const kind = closing.closed?.fact.data.kind ?? 'unknown';
  const side = kind === 'breach' ? undefined : commitmentOnChain(closing)?.fact.data.side;
  return side === undefined ? kind : `${side}-force`;
}

/** The label, where the transaction contradicts it. */
function labelLines(closing: ClosingCase): readonly DossierLine[] {
  const { closed } = closing;
  const but = labelContradiction(closing);
  if (closed === undefined || but === '') return [];
  const { kind, commitmentNumber, initiator } = closed.fact.data;
  const by = initiator === 'unknown' ? undefined : initiator;
  const said = ` calls it ${closeWords(kind, commitmentNumber, by)}${but}`;
  return [
    lineOf('stated', [sourcePart(closed.source), said], [closed, commitmentOnChain(closing)]),
  ];
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
