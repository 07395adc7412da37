/** How an answer goes out: its ETag, its JSON, gzip, and the headers that keep browsers strict. */
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonText } from '../schema/json-text.ts';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem.ts';

const SMALLEST_GZIPPED = 1024;
export const JSON_TYPE = 'application/json; charset=utf-8';
const gzipped = promisify(gzip);

/** Answers are of this server alone: another version, or another ledger, may answer otherwise. */
const run = randomBytes(6).toString('base64url');

/** Of one question, as its URL asks it. Weak, because the same answer goes out gzipped and plain. */
export function etagOf({ url }: FastifyRequest, checkpoint: string | undefined): string {
  const question = createHash('sha256').update(url).digest('base64url').slice(0, 8);
  return `W/"${run}-${checkpoint ?? 'empty'}-${question}"`;
}

export function isKnownTo(request: FastifyRequest, etag: string): boolean {
  const known = request.headers['if-none-match'];
  return known?.split(',').some((one) => one.trim() === etag) ?? false;
}

/** For every answer, whatever it is. */
export const strictHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** An answer that is text already, and perhaps one to save. */
export class TextAnswer {
  readonly text: string;
  readonly type: string;
  readonly fileName: string | undefined;

  constructor(text: string, type: string, fileName?: string) {
    this.text = text;
    this.type = type;
    this.fileName = fileName;
  }
}

export async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
): Promise<FastifyReply> {
  if (!(answer instanceof TextAnswer)) return sendJson(request, reply, answer);
  const { text, type, fileName } = answer;
  if (fileName !== undefined) {
    reply.header('content-disposition', `attachment; filename="${fileName}"`);
  }
  return sendText(request, reply, text, type);
}

export async function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: unknown,
): Promise<FastifyReply> {
  return sendText(request, reply, jsonText(answer), JSON_TYPE);
}

export async function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  type: string,
): Promise<FastifyReply> {
  reply.header('content-type', type);
  const varies = reply.getHeader('vary') === undefined ? '' : 'origin, ';
  reply.header('vary', `${varies}accept-encoding, authorization, cookie`);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (text.length < SMALLEST_GZIPPED || !takesGzip(request)) return reply.send(text);
  reply.header('content-encoding', 'gzip');
  return reply.send(await gzipped(text));
}

export function takesGzip({ headers }: FastifyRequest): boolean {
  const accepted = String(headers['accept-encoding'] ?? '').toLowerCase();
  return accepted.split(',').some((one) => {
    const [name = '', ...options] = one.split(';').map((part) => part.trim());
    return name === 'gzip' && !options.some((option) => /^q=0(\.0*)?$/.test(option));
  });
}

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const refusal = refusalOf(error);
  reply.removeHeader('etag');
  return reply
    .code(refusal.status)
    .headers({ ...refusal.headers, 'cache-control': 'no-store' })
    .type(PROBLEM_TYPE)
    .send(jsonText(problemOf(refusal)));
}
