/** Which of a group's consumers an event goes to. */
import { hash } from 'node:crypto';
import type { StoredEvent } from '../../store/event-store.ts';
import type { Consumer } from './consumer.ts';
import type { Strategy } from './group-state.ts';

const HASH_DIGITS = 8;

/** Undefined while the one that should have it has no room. */
export function chosen(
  consumers: readonly Consumer[],
  strategy: Strategy,
  event: StoredEvent,
  turn: number,
): Consumer | undefined {
  if (consumers.length === 0) return undefined;
  switch (strategy) {
    case 'DispatchToSingle':
      return consumers.find(hasRoom);
    case 'RoundRobin': {
      const first = turn % consumers.length;
      return [...consumers.slice(first), ...consumers.slice(0, first)].find(hasRoom);
    }
    case 'Pinned': {
      // A stream stays with its consumer for as long as no other joins or leaves.
      const consumer = consumers[numberOf(event.stream) % consumers.length];
      return consumer !== undefined && hasRoom(consumer) ? consumer : undefined;
    }
  }
}

function hasRoom({ slots }: Consumer): boolean {
  return slots > 0;
}

function numberOf(stream: string): number {
  return Number.parseInt(hash('sha256', stream, 'hex').slice(0, HASH_DIGITS), 16);
}
