/** Of a dossier: whether the broadcast commitment was revoked, and what its secret proves. */
import {
  broadcastNumber,
  broadcastSide,
  revocationOfBroadcast,
  type SecretProof,
} from './broadcast.ts';
import { type ClosingCase, newestRevocation } from './case.ts';
import { basisOfClose } from './dossier-close.ts';
import { type DossierLine, lineOf } from './parts.ts';

/** `proof`: of the revocation's secret, where one is recorded. */
export function revocationLines(
  closing: ClosingCase,
  proof: SecretProof | undefined,
): readonly DossierLine[] {
  const { closed } = closing;
  const side = broadcastSide(closing);
  if (closed === undefined) return [];
  const isBreach = closed.fact.data.kind === 'breach';
  if (side === undefined) {
    const text = 'yes, by label only: whose commitment it was is not told';
    return isBreach ? [lineOf('stated', [text], [closed])] : [];
  }
  const number = broadcastNumber(closing);
  if (number === undefined) {
    return [lineOf('unknown', ['the number of the broadcast commitment is not told'], [closed])];
  }
  const revocation = revocationOfBroadcast(closing);
  if (revocation === undefined) return [withoutSecret(closing, side, number)];
  const holder = side === 'remote' ? 'this node holds its secret' : 'the peer was given its secret';
  const text = `yes: commitment ${number} was revoked, and ${holder}`;
  return [
    lineOf(basisOfClose(closing), [text], [closed, revocation]),
    ...(proof === undefined ? [] : [proofLine(proof, revocation)]),
  ];
}

function proofLine(proof: SecretProof, revocation: { readonly eventId: string }): DossierLine {
  switch (proof.state) {
    case 'proven':
      return lineOf(
        'derived',
        ["proof: the recorded secret gives that commitment's own per-commitment point"],
        [revocation, proof.point],
      );
    case 'wrong':
      return lineOf(
        'derived',
        ["no proof: the recorded secret is not the one of that commitment's point"],
        [revocation, proof.point],
      );
    case 'sealed':
      return lineOf(
        'unknown',
        ['no proof: the secret is recorded, and cannot be opened without its key'],
        [revocation],
      );
    case 'no-point':
      return lineOf(
        'unknown',
        ["no proof: that commitment's per-commitment point is not recorded"],
        [revocation],
      );
  }
}

function withoutSecret(
  { closed, events }: ClosingCase,
  side: 'local' | 'remote',
  number: number,
): DossierLine {
  if (closed?.fact.data.kind === 'breach') {
    const text = `yes, as the source says; the secret of commitment ${number} is not recorded`;
    return lineOf('stated', [text], [closed]);
  }
  const newest = newestRevocation({ events }, side);
  if (newest === undefined) return lineOf('unknown', ['no revocation of that side is recorded']);
  if (newest.fact.data.number > number) {
    const text = `the revocation of commitment ${number} is not recorded, and of a later one it is`;
    return lineOf('unknown', [text], [closed, newest]);
  }
  return lineOf(
    'derived',
    [`no: the newest revoked one is ${newest.fact.data.number}, and ${number} came after it`],
    [closed, newest],
  );
}
