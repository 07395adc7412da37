/** Of a dossier: the closing transaction, the source's reason, the last commitments, the revocation. */
import type { Side } from '../../channel/fields.ts';
import {
  broadcastSide,
  type ClosingCase,
  lastCommitment,
  ofType,
  revocationOfBroadcast,
} from './case.ts';
import {
  type Basis,
  type DossierLine,
  heightName,
  lineOf,
  type Part,
  transactionName,
  words,
} from './parts.ts';
import { reasonOf } from './reasons.ts';

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

export function closeLines({ closed, started, shutdowns }: ClosingCase): readonly DossierLine[] {
  const lines: DossierLine[] = [];
  for (const event of shutdowns) {
    lines.push(
      lineOf('stated', [`${WHO[event.fact.data.by]} asked for a cooperative close`], [event]),
    );
  }
  for (const event of started) {
    const { by } = event.fact.data;
    lines.push(
      lineOf(by === 'unknown' ? 'unknown' : 'stated', [`given up by ${WHO[by]}`], [event]),
    );
  }
  if (closed === undefined) {
    return [
      ...lines,
      lineOf('unknown', ['no closing transaction is in a block as far as is known']),
    ];
  }
  const { kind, initiator, closingTxid, commitmentNumber, height, feeSat, isFeeDerived } =
    closed.fact.data;
  const basis = basisOfClose(closed.fact.data);
  const label = basis === 'transaction' ? '' : ', by label only';
  const number: Part[] = commitmentNumber === undefined ? [] : [` number ${commitmentNumber}`];
  const by = initiator === 'unknown' ? ', by whom is not told' : `, by ${WHO[initiator]}`;
  lines.push(lineOf(basis, [KINDS[kind], ...number, `${by}${label}`], [closed]));
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

type Closed = NonNullable<ClosingCase['closed']>['fact']['data'];

/** Outputs are told only by who has read the transaction; a label is somebody's word. */
export function basisOfClose({ closingTxid, outputs }: Closed): Basis {
  return closingTxid !== undefined && outputs.length > 0 ? 'transaction' : 'stated';
}

export function reasonLines({ started }: ClosingCase): readonly DossierLine[] {
  return started.flatMap((event) => {
    const { reason, sourceReason } = event.fact.data;
    const known = reasonOf(reason, sourceReason);
    const said: Part[] = sourceReason === undefined ? [] : [': ', words(sourceReason)];
    const own = known === undefined ? words(reason) : reason;
    return [
      lineOf('stated', [`${event.source} says `, own, ...said], [event]),
      ...(known === undefined ? [] : [lineOf('stated', [`that is: ${known.plain}`], [event])]),
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

export function revocationLines(closing: ClosingCase): readonly DossierLine[] {
  const side = broadcastSide(closing);
  const data = closing.closed?.fact.data;
  if (side === undefined || data === undefined) {
    return data?.kind === 'breach'
      ? [
          lineOf(
            'stated',
            ['yes, by label only: whose commitment it was is not told'],
            [closing.closed],
          ),
        ]
      : [];
  }
  const number = data.commitmentNumber;
  if (number === undefined) {
    return [
      lineOf('unknown', ['the number of the broadcast commitment is not told'], [closing.closed]),
    ];
  }
  const revocation = revocationOfBroadcast(closing);
  if (revocation !== undefined) {
    const holder =
      side === 'remote' ? 'this node holds its secret' : 'the peer was given its secret';
    return [
      lineOf(
        'transaction',
        [`yes: commitment ${number} was revoked, and ${holder}`],
        [closing.closed, revocation],
      ),
    ];
  }
  const revoked = ofType(closing.events, 'CommitmentRevoked').filter(
    (e) => e.fact.data.side === side,
  );
  const newest = revoked.reduce((most, { fact }) => Math.max(most, fact.data.number), -1);
  if (data.kind === 'breach') {
    return [
      lineOf(
        'stated',
        [`yes, as the source says; the secret of commitment ${number} is not recorded`],
        [closing.closed],
      ),
    ];
  }
  if (newest < 0) return [lineOf('unknown', ['no revocation of that side is recorded'])];
  return newest < number
    ? [
        lineOf(
          'derived',
          [`no: the newest revoked one is ${newest}, and ${number} came after it`],
          [closing.closed, revoked.at(-1)],
        ),
      ]
    : [
        lineOf(
          'unknown',
          [`the revocation of commitment ${number} is not recorded, and of a later one it is`],
          [closing.closed],
        ),
      ];
}
