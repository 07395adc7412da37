/** How long an answer is looked for. */
import type { FastifyReply } from 'fastify';
import { Refusal } from './problem.ts';

/** Aborts, with a Refusal, where the client of this answer goes or its time is over. */
export function patienceWith({ raw }: FastifyReply, longestMs: number): AbortSignal {
  const patience = new AbortController();
  const end = (detail: string) => patience.abort(new Refusal(400, detail));
  const timer = setTimeout(() => {
    end(
      `this takes longer than ${longestMs / 1000} s: ask about a shorter time, or with the command`,
    );
  }, longestMs);
  raw.once('close', () => {
    clearTimeout(timer);
    end('nobody waits for the answer any more');
  });
  return patience.signal;
}
