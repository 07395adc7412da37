/** What an import counts while it reads, for the report at its end. */

/** Bad records that are named; the others are counted. */
const MOST_NAMED = 20;

export interface BadRecord {
  /** File, record and byte: where a person finds it again. */
  readonly place: string;
  readonly reason: string;
}

export type Checked = 'valid' | 'bad' | 'not checkable';

export class Tally {
  readonly #read = new Map<string, number>();
  readonly #unread = new Map<string, { count: number; why: string }>();
  readonly #named: BadRecord[] = [];
  readonly #checked = new Map<string, Record<Checked, number>>();
  readonly #cannotTell = new Set<string>();
  readonly #wrong: BadRecord[] = [];
  #bad = 0;

  /** Records that were read, by the source's own word for their kind. */
  read(kind: string, count = 1): void {
    this.#read.set(kind, (this.#read.get(kind) ?? 0) + count);
  }

  /** Records that are there and are not read, with the reason. */
  unread(kind: string, why: string, count = 1): void {
    const known = this.#unread.get(kind);
    if (known === undefined) this.#unread.set(kind, { count, why });
    else known.count += count;
  }

  /** A record that is no such record: passed over, named, the next one read. */
  bad(place: string, reason: string): void {
    this.#bad++;
    if (this.#named.length < MOST_NAMED) this.#named.push({ place, reason });
  }

  badRecords(): { readonly count: number; readonly named: readonly BadRecord[] } {
    return { count: this.#bad, named: [...this.#named] };
  }

  /** A signature or secret that was held against its key: `what` names the kind. */
  checked(what: string, outcome: Checked, count = 1): void {
    const known = this.#checked.get(what) ?? { valid: 0, bad: 0, 'not checkable': 0 };
    known[outcome] += count;
    this.#checked.set(what, known);
  }

  /** A signature or secret that is not its key's, with where it stands and what is wrong. */
  wrong(what: string, place: string, reason: string, count = 1): void {
    this.checked(what, 'bad', count);
    if (this.#wrong.length < MOST_NAMED) this.#wrong.push({ place, reason });
  }

  /** A sentence on what these records do not hold, so that nobody takes its absence for a fact. */
  cannotTell(sentence: string): void {
    this.#cannotTell.add(sentence);
  }

  report(): TallyReport {
    return {
      read: Object.fromEntries(this.#read),
      unread: [...this.#unread].map(([kind, { count, why }]) => ({ kind, count, why })),
      bad: this.badRecords(),
      checked: Object.fromEntries(
        [...this.#checked].map(([what, { valid, bad, 'not checkable': notCheckable }]) => [
          what,
          { valid, bad, notCheckable },
        ]),
      ),
      wrong: [...this.#wrong],
      cannotTell: [...this.#cannotTell],
    };
  }
}

export interface TallyReport {
  readonly read: Readonly<Record<string, number>>;
  readonly unread: readonly {
    readonly kind: string;
    readonly count: number;
    readonly why: string;
  }[];
  readonly bad: { readonly count: number; readonly named: readonly BadRecord[] };
  readonly checked: Readonly<
    Record<string, { readonly valid: number; readonly bad: number; readonly notCheckable: number }>
  >;
  /** The first of those that are bad, where the importer says which they are. */
  readonly wrong: readonly BadRecord[];
  readonly cannotTell: readonly string[];
}
