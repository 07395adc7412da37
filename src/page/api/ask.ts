/**
 * Questions to the server. Page and server are of one package, and the server's answers are tested
 * against their schema there: here they are taken for what the caller says they are.
 */
import { LruMap } from './lru-map.ts';

/** A question that the server did not answer: what it said instead, as a sentence. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** Undefined where nobody answered at all. */
  readonly status: number | undefined;

  constructor(status: number | undefined, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

interface Kept {
  readonly etag: string;
  readonly answer: unknown;
}

/** Answers that the server calls unchanged are handed out again, the same objects. */
const kept = new LruMap<string, Kept>(24);

export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** A path below the page's own with its question; what is undefined is not asked. */
export function pathOf(path: string, parameters: Parameters = {}): string {
  const question = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') question.set(name, String(value));
  }
  return question.size === 0 ? path : `${path}?${question}`;
}

/** Throws Unanswered, or the signal's own reason when it was ended. */
export async function ask<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  // What comes after # is for the page alone: the question is the same.
  const [question = path] = path.split('#');
  const known = kept.get(question);
  const response = await sent(question, {
    headers: { accept: 'application/json', ...(known && { 'if-none-match': known.etag }) },
    ...(signal && { signal }),
  });
  if (response.status === 304 && known !== undefined) return known.answer as Answer;
  if (!response.ok) throw new Unanswered(response.status, await sentenceOf(response));
  const answer = await bodyOf(response, signal);
  const etag = response.headers.get('etag');
  if (etag !== null) kept.set(question, { etag, answer });
  return answer as Answer;
}

/** Asks the server to begin something. Throws Unanswered where it refuses. */
export async function begin(path: string): Promise<void> {
  const response = await sent(path, { method: 'POST' });
  if (!response.ok) throw new Unanswered(response.status, await sentenceOf(response));
}

/** Exchanges a token for a cookie that no script can read. */
export async function signIn(token: string): Promise<void> {
  const response = await sent('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (!response.ok) throw new Unanswered(response.status, await sentenceOf(response));
}

/** Gives the cookie back. */
export async function signOut(): Promise<void> {
  const response = await sent('/session', { method: 'DELETE' });
  if (!response.ok) throw new Unanswered(response.status, await sentenceOf(response));
}

async function sent(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unanswered(undefined, 'the server does not answer');
  }
}

/** An answer that breaks off is none: whoever sent it is gone. */
async function bodyOf(response: Response, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unanswered(undefined, 'the answer of the server broke off');
  }
}

/** Problem Details (RFC 9457) as one sentence. */
async function sentenceOf(response: Response): Promise<string> {
  try {
    const { title, detail }: { title?: unknown; detail?: unknown } = Object(await response.json());
    const said = [title, detail].filter((text) => typeof text === 'string' && text !== '');
    if (said.length > 0) return said.join(': ');
  } catch {
    // No JSON: something between here and the server answered.
  }
  return `the server answered ${response.status} ${response.statusText}`.trim();
}
