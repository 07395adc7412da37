/**
 * Several ledgers share a cluster: each one's streams begin with its name and a dot. A name has no
 * dot, so none is another's beginning. The ledger without a name has all streams that carry none.
 */
import { StoreError } from '../event-store.ts';
import { quote } from '../limits.ts';
import type { StreamFilter } from './cluster.ts';

const NAMED = /^[a-z0-9]+\./;
/** The same for the server, and without its own streams, which begin with a dollar. */
const UNNAMED_FILTER = '^(?!\\$|[a-z0-9]+\\.)';

export class LedgerNames {
  readonly #prefix: string;

  constructor(ledger: string | undefined) {
    this.#prefix = ledger === undefined ? '' : `${ledger}.`;
  }

  inCluster(stream: string): string {
    return this.#prefix + stream;
  }

  /** Our own name of a stream of the cluster, or undefined for one that is not ours. */
  ours(name: string): string | undefined {
    if (this.#prefix !== '') {
      return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : undefined;
    }
    return isFree(name) ? name : undefined;
  }

  /** Throws where the ledger without a name would write into another one's streams. */
  assertStream(stream: string): void {
    if (this.#prefix !== '' || isFree(stream)) return;
    throw new StoreError(
      `the stream ${quote(stream)} cannot be in a ledger without a name: give it one (?ledger=NAME)`,
    );
  }

  /** What the server is asked to send; it may send more, and `ours` decides. */
  filter(prefixes: readonly string[]): StreamFilter {
    if (prefixes.length > 0) return { prefixes: prefixes.map((each) => this.inCluster(each)) };
    return this.#prefix === '' ? { regex: UNNAMED_FILTER } : { prefixes: [this.#prefix] };
  }
}

function isFree(name: string): boolean {
  return !name.startsWith('$') && !NAMED.test(name);
}
