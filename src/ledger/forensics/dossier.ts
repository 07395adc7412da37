/** The dossier of a closed or closing channel: the verdict, then what happened, every line with its basis. */
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { SecretProof } from './broadcast.ts';
import type { ClosingCase } from './case.ts';
import { closeLines, commitmentLines, reasonLines } from './dossier-close.ts';
import { htlcLines, type OtherHtlc } from './dossier-htlcs.ts';
import { outputLines, riskLines } from './dossier-outputs.ts';
import { revocationLines } from './dossier-revocation.ts';
import {
  connectionLines,
  feeLines,
  feerateLines,
  messageLines,
  orderLines,
} from './dossier-story.ts';
import { unknownLines } from './dossier-unknown.ts';
import type { DossierSection } from './parts.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface Dossier {
  readonly nodeId: string;
  readonly channelId: string;
  readonly shortChannelId?: string;
  readonly peerId?: string;
  readonly verdict: Verdict;
  /** When the channel was given up, which a redacted file counts times from, and the height then. */
  readonly beganAt: string;
  /** Where no source told that time: between which it was placed. */
  readonly beganAtBounds?: TimeBounds;
  readonly beganHeight?: number;
  /** Of the closing transaction: what a redacted file counts heights from. */
  readonly closedHeight?: number;
  readonly sections: readonly DossierSection[];
}

export interface DossierSubject {
  readonly nodeId: string;
  readonly channelId: string;
  readonly shortChannelId?: string;
  readonly peerId?: string;
  /** The HTLCs of the node's other channels that those in flight were forwarded from or to. */
  readonly others: readonly OtherHtlc[];
  /** What the secret of the broadcast commitment proves, where its revocation is recorded. */
  readonly secret?: SecretProof;
}

export function dossierOf(closing: ClosingCase, subject: DossierSubject): Dossier {
  const { others, secret, ...names } = subject;
  const verdict = verdictOf(closing);
  const { beganAt, beganAtBounds, beganHeight, closed } = closing;
  const closedHeight = closed?.fact.data.height;
  const sections: readonly DossierSection[] = [
    { title: 'Who closed, and how', lines: closeLines(closing) },
    { title: "The source's reason", lines: reasonLines(closing) },
    { title: 'What happened, in order', lines: orderLines(closing) },
    { title: 'Last commitments', lines: commitmentLines(closing) },
    { title: 'Was the broadcast commitment revoked?', lines: revocationLines(closing, secret) },
    { title: 'HTLCs in flight', lines: htlcLines(closing, others) },
    { title: 'Feerate', lines: feerateLines(closing) },
    { title: 'The peer in the day before', lines: connectionLines(closing) },
    { title: 'Last messages', lines: messageLines(closing) },
    { title: 'Fee changes in the day before', lines: feeLines(closing) },
    { title: 'Outputs', lines: outputLines(closing) },
    { title: 'Money at risk, block by block', lines: riskLines(closing) },
    { title: 'What the record does not know', lines: unknownLines(closing, verdict, others) },
  ];
  return {
    ...names,
    verdict,
    beganAt,
    ...(beganAtBounds && { beganAtBounds }),
    ...(beganHeight !== undefined && { beganHeight }),
    ...(closedHeight !== undefined && { closedHeight }),
    sections: sections.filter(({ lines }) => lines.length > 0),
  };
}
