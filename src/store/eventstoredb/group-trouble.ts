/** What can go wrong with a group of consumers, in sentences that say what to do. */
import { StoreError } from '../event-store.ts';
import { quote } from '../limits.ts';
import { ClusterTrouble, troubleOf } from './trouble.ts';

/** What goes wrong while a group is consumed, told as it is told elsewhere. */
export async function* inOwnWords<T>(name: string, values: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* values;
  } catch (cause) {
    throw cause instanceof StoreError ? cause : groupTrouble(name, cause);
  }
}

export function groupTrouble(name: string, cause: unknown): ClusterTrouble {
  switch (typeOf(cause)) {
    case 'persistent-subscription-does-not-exist':
      return new ClusterTrouble(`there is no group ${quote(name)}: create it first`, false, {
        cause,
      });
    case 'persistent-subscription-exists':
      return new ClusterTrouble(`there is a group ${quote(name)} already`, false, { cause });
    case 'persistent-subscription-dropped':
      return new ClusterTrouble('the group was changed or removed', true, { cause });
    default:
      return troubleOf(cause);
  }
}

/** The client's own name of an error. */
export function typeOf(cause: unknown): unknown {
  return cause instanceof Error && 'type' in cause ? cause.type : undefined;
}
