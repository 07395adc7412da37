/** The name of a record that has none of its own: what it says, and when. */
import { hash } from 'node:crypto';
import type { Moment } from './told.ts';

/**
 * A hash is no secret's hiding place: what is hashed here are balances and counters, never a payment hash
 * or a preimage alone.
 */
export function contentKey(at: Moment | undefined, record: object): string {
  const text = JSON.stringify(record, (name, value: unknown) =>
    name === 'hash_lock' ? '' : value,
  );
  const digest = hash('sha256', text, 'hex').slice(0, 32);
  return at === undefined ? digest : `${at.happenedAtNs}/${digest}`;
}
