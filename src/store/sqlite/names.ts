/** Interned names: streams and types are stored once and named by a small number. */
import { StoreError } from '../event-store.ts';
import { TwoGenerationCache } from './cache.ts';
import type { Connection } from './connection.ts';

export class Names {
  readonly #connection: Connection;
  readonly #table: 'stream' | 'type';
  readonly #byName = new TwoGenerationCache<string, number>();
  readonly #byId = new TwoGenerationCache<number, string>();

  constructor(connection: Connection, table: 'stream' | 'type') {
    this.#connection = connection;
    this.#table = table;
  }

  find(name: string): number | undefined {
    let id = this.#byName.get(name);
    if (id === undefined) {
      const sql = `SELECT rowid FROM ${this.#table} WHERE name = ?`;
      id = this.#connection.guard(() => this.#connection.values<number>(sql).get(name));
      if (id !== undefined) this.#byName.set(name, id);
    }
    return id;
  }

  /** Only inside a transaction; `forget` must follow when it is rolled back. */
  intern(name: string): number {
    const found = this.find(name);
    if (found !== undefined) return found;
    const sql = `INSERT INTO ${this.#table}(name) VALUES (?) RETURNING rowid`;
    const id = this.#connection.values<number>(sql).get(name);
    if (id === undefined) throw new StoreError(`${this.#connection.path}: a name got no number`);
    this.#byName.set(name, id);
    return id;
  }

  nameOf(id: number): string {
    let name = this.#byId.get(id);
    if (name === undefined) {
      const sql = `SELECT name FROM ${this.#table} WHERE rowid = ?`;
      name = this.#connection.guard(() => this.#connection.values<string>(sql).get(id));
      if (name === undefined) {
        throw new StoreError(
          `${this.#connection.path}: the ledger is damaged (no ${this.#table} ${id}): run verify`,
        );
      }
      this.#byId.set(id, name);
    }
    return name;
  }

  forget(): void {
    this.#byName.clear();
    this.#byId.clear();
  }
}
