/** The embedded store on a file. */
import { type OpenOptions, openConnection } from './open-connection.ts';
import { SqliteStore } from './store.ts';

/** Opens the ledger at a path, made first unless `create` is false; throws StoreError. */
export function openSqliteStore(path: string, options: OpenOptions = {}): SqliteStore {
  return new SqliteStore(openConnection(path, options), options);
}
