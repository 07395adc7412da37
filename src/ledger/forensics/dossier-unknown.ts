/** Of a dossier: what it would say if it were recorded. */
import { isPaidAtOnce } from '../output-fates.ts';
import { broadcastNumber } from './broadcast.ts';
import { type ClosingCase, lastCommitment, ofType } from './case.ts';
import { basisOfClose } from './dossier-close.ts';
import { isLossOfHtlcs, type OtherHtlc } from './dossier-htlcs.ts';
import { hasEstimates, policiesOf } from './dossier-story.ts';
import { type DossierLine, lineOf } from './parts.ts';
import { closerOf, type Verdict } from './verdict.ts';

type Gap = readonly [isMissing: boolean, text: string];

export function unknownLines(
  closing: ClosingCase,
  verdict: Verdict,
  others: readonly OtherHtlc[],
): readonly DossierLine[] {
  const { closed, started, beside, decidedHeight, events, inFlight } = closing;
  const data = closed?.fact.data;
  const isForced = data !== undefined && data.kind !== 'cooperative';
  const hasCommitments = ofType(events, 'CommitmentUpdated').length > 0;
  // What was told of the peer later, when the channel was gone, says nothing of then.
  const before = beside.filter(({ at }) => at <= closing.decidedAt);
  const has = (type: string) => before.some(({ fact }) => fact.type === type);
  const gaps: readonly Gap[] = [
    [verdict.cause === 'unknown', 'why it closed: no recorded event decides it'],
    [closed === undefined, 'the closing transaction'],
    [closerOf(closing) === 'unknown', 'which end closed it'],
    [data !== undefined && basisOfClose(closing) === 'stated', "the closing transaction's outputs"],
    [data !== undefined && data.feeSat === undefined, "the closing transaction's fee"],
    [isForced && broadcastNumber(closing) === undefined, 'the number of the broadcast commitment'],
    [started.length === 0, "the node's own reason for the close"],
    [lastCommitment(closing, 'local') === undefined, 'our last commitment'],
    [lastCommitment(closing, 'remote') === undefined, 'their last commitment'],
    [
      ofType(events, 'RecordingGap').length > 0,
      'what happened in the gaps of the record that are listed above',
    ],
    [
      ofType(events, 'OutputResolved').some(({ fact: { data } }) => {
        return data.height === undefined && !isPaidAtOnce(data.amountSat, data);
      }),
      'when every output was claimed',
    ],
    [
      isLossOfHtlcs(closing) || (inFlight.length === 0 && !hasCommitments),
      inFlight.length === 0 ? 'which HTLCs were in flight' : 'whether other HTLCs were in flight',
    ],
    [inFlight.some(({ ended }) => ended === undefined), 'how every HTLC in flight ended'],
    [others.some(({ outcome }) => outcome === undefined), 'how the other half of a forward ended'],
    [decidedHeight === undefined, 'the height at which it was given up'],
    [!has('PeerConnected') && !has('PeerDisconnected'), 'whether the peer was connected'],
    [!has('PeerMessage'), 'messages of the peer'],
    [!hasEstimates(closing), 'feerates of that time'],
    [policiesOf(closing).length === 0, 'fee policies of the channel'],
  ];
  return gaps.filter(([isMissing]) => isMissing).map(([, text]) => lineOf('unknown', [text]));
}
