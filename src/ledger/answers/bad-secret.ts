/** A revealed secret that is not its point's: told while recording, and by `verify` at any time. */
import type { SecretProblem } from '../secret-answers.ts';
import { parseStream } from '../streams.ts';
import type { ProblemView } from '../view-types.ts';

export function badSecret(
  { rule, stream, revision, detail }: SecretProblem,
  at: string,
): ProblemView {
  const { nodeId = '', subjectId = '' } = parseStream(stream) ?? {};
  return {
    kind: 'bad-secret',
    rule,
    subject: `${stream} revision ${revision}`,
    channelId: subjectId,
    nodeId,
    count: 1,
    firstAt: at,
    lastAt: at,
    detail,
    whatToDo:
      'the peer revealed a wrong secret, or the record is damaged: run "channel-ledger verify"',
  };
}
