/** What a file is: one of Core Lightning's, or another's, which is named as far as it is known. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ImportError } from '../importer.ts';
import { type ForeignDatabase, sqliteApplicationId } from './database.ts';

/** "chlg", the application id of this program's own ledgers (store/sqlite/schema.ts holds the same). */
export const LEDGER_APPLICATION_ID = 0x63686c67;

export type DatabaseKind = 'node' | 'bookkeeper';

/** Whether it is SQLite or JSON, by its first bytes; an ImportError where it is neither. */
export async function formOf(path: string): Promise<'sqlite' | 'json'> {
  const applicationId = await sqliteApplicationId(path);
  if (applicationId === LEDGER_APPLICATION_ID) {
    throw new ImportError(`${path} is a ledger of this program: look into it with --ledger`);
  }
  if (applicationId !== undefined) return 'sqlite';
  if (basename(path) === 'emergency.recover') {
    throw new ImportError(
      `${path}: not yet, this is Core Lightning's static channel backup, which holds no history`,
    );
  }
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
  const start = buffer.toString('latin1', 0, bytesRead).trimStart();
  if (start.startsWith('{') || start.startsWith('[')) return 'json';
  throw new ImportError(
    `${path} is neither a SQLite database nor JSON: give lightningd.sqlite3, accounts.sqlite3, or what ` +
      '"lightning-cli listpeerchannels" and the like print',
  );
}

/** Tables that only these programs have, and what the file then is. */
const STRANGERS: readonly (readonly [table: string, what: string])[] = [
  ['channeldb_kv', "not yet, this is lnd's SQLite backend"],
  ['macaroondb_kv', "not yet, this is lnd's SQLite backend"],
  ['walletdb_kv', "not yet, this is lnd's SQLite backend"],
  ['ldk_node_data', "not yet, this is LDK Node's database"],
  ['ldk_data', "not yet, this is LDK Node's database"],
  ['local_channels', "not yet, this is eclair's database"],
  ['moz_places', "this is a browser's database"],
];

export function kindOf(path: string, database: ForeignDatabase): DatabaseKind {
  const has = (...tables: readonly string[]) => tables.every((table) => database.has(table));
  if (has('channels', 'peers', 'channel_htlcs', 'channel_configs')) return 'node';
  if (has('accounts', 'chain_events', 'channel_events')) return 'bookkeeper';
  const stranger = STRANGERS.find(([table]) => database.has(table));
  if (stranger !== undefined) throw new ImportError(`${path}: ${stranger[1]}`);
  const tables = database.tables.slice(0, 5).map((name) => name.slice(0, 40));
  const holds = tables.length === 0 ? 'no tables' : `the tables ${tables.join(', ')}`;
  throw new ImportError(
    `${path} is a SQLite database of another program: it has ${holds}, and lightningd's has "channels"`,
  );
}
