/** A group of competing consumers over a cluster's ledger, or over a file's that a gateway serves. */
import type { StoredEvent } from '../../store/event-store.ts';
import type { ConsumeOptions, ConsumerGroups } from '../../store/eventstoredb/groups.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';

export interface GroupsOptions {
  /** Told of lost connections, which are made again. */
  readonly onTrouble?: (sentence: string) => void;
}

/** The groups of the ledger at `esdb://…`: create them, consume them, see and replay what is parked. */
export async function openGroups(
  address: string,
  options: GroupsOptions = {},
): Promise<ConsumerGroups> {
  // The client of clusters costs memory and time: only who asks for it loads it.
  const { openConsumerGroups } = await import('../../store/eventstoredb/open.ts');
  return openConsumerGroups(address, options);
}

/** `attempt` is 1 the first time; the event's id stays the same. */
export type EventHandler = (event: LedgerEvent, attempt: number) => Promise<void> | void;

/**
 * Consumes a group of the ledger at `esdb://…` until the signal aborts. Each event is acknowledged
 * once the handler is done with it; where the handler throws, it comes again, to any consumer of the
 * group, and is parked after as many failures as the group was created with. Events may come twice and
 * in any order: a handler tells by `event.id` what it has done, and by stream and revision what is older.
 */
export async function consumeGroup(
  address: string,
  group: string,
  handler: EventHandler,
  options: ConsumeOptions & GroupsOptions = {},
): Promise<void> {
  const groups = await openGroups(address, options);
  const decoded = (event: StoredEvent, attempt: number) => handler(decodeEvent(event), attempt);
  try {
    await groups.consume(group, decoded, options);
  } finally {
    await groups.close();
  }
}
