/** A large answer on its way out: its client takes it part by part, or is let go. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export const PART_BYTES = 64 * 1024;

/**
 * Whoever takes no part for so long is disconnected: until its end an answer is held in memory whole. What
 * the client sends meanwhile is no reason to wait longer.
 */
export function inParts(bytes: Uint8Array, { raw }: FastifyReply, stallMs: number): Readable {
  const stall = setTimeout(() => raw.destroy(), stallMs);
  raw.once('close', () => clearTimeout(stall));
  return Readable.from(
    (function* () {
      for (let from = 0; from < bytes.length; from += PART_BYTES) {
        stall.refresh();
        yield bytes.subarray(from, from + PART_BYTES);
      }
    })(),
  );
}
