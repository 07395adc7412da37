/** What goes wrong, as Problem Details (RFC 9457): a status, a name for programs, a sentence for people. */
import Type, { type Static } from 'typebox';
import { QuestionError } from '../ledger/query.ts';
import { StoreError } from '../store/event-store.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export const Problem = Type.Object({
  /** What names the problem for a program; `about:blank` where the status says all. */
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  /** What is wrong and what to do instead. */
  detail: Type.String(),
});
export type Problem = Static<typeof Problem>;

const titles = {
  400: 'The question is not understood',
  401: 'A token is needed',
  403: 'This is not allowed',
  404: 'There is no such thing',
  405: 'The method is not known here',
  408: 'The request came too slowly',
  409: 'Not now',
  413: 'The request is too large',
  415: 'The form of the body is not known here',
  421: 'This server has another name',
  429: 'Too many requests',
  431: 'The headers are too long',
  500: 'The server failed',
  503: 'The ledger cannot be read',
} as const;
/** From here on it is no fault of the request. */
const FAILED = 500;
export type ProblemStatus = keyof typeof titles;

/** A request is refused: thrown by guards and routes, answered with its status. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: ProblemStatus;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: ProblemStatus, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

export function problemOf({ status, message }: Refusal): Problem {
  return { type: 'about:blank', title: titles[status], status, detail: message };
}

/** Any error as a refusal. What is no fault of the request is told without its inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof QuestionError) {
    return new Refusal(error.kind === 'unknown' ? 404 : 400, error.overHttp);
  }
  if (error instanceof StoreError) return new Refusal(503, error.message);
  const status = statusOf(error);
  if (status !== undefined) return new Refusal(status, error instanceof Error ? error.message : '');
  return new Refusal(500, 'this should not happen: please report it with what was asked');
}

/** Told of a failure, and of what was being done. */
export type OnError = (error: unknown, where: string) => void;

/** Whether whoever runs the server should know of it: what is refused on purpose says itself why. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof Refusal) && refusalOf(error).status >= FAILED;
}

/** A failure for the log of whoever runs the server: in full, unlike the answer. */
export function failureText(error: unknown, where: string): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `channel-ledger: ${where} failed: ${text}`;
}

/** Fastify's own errors (a body too large, say) bring their status along. */
function statusOf(error: unknown): ProblemStatus | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  if (statusCode === 400 || statusCode === 405 || statusCode === 413) return statusCode;
  return statusCode === 415 ? 415 : undefined;
}
