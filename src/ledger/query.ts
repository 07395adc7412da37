/** What a question to the ledger may be narrowed to, and the moments it can be asked of (DESIGN §9). */

/** A cut through the record. `time`, `height`, `commitment` cut what happened; the others what was known. */
export type Moment =
  | { readonly kind: 'time'; readonly timeNs: bigint }
  | { readonly kind: 'height'; readonly height: number }
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'commitment'; readonly side: 'local' | 'remote'; readonly number: number };

export interface Query {
  readonly at?: Moment;
  /** Only what had been recorded by then. */
  readonly knownAtNs?: bigint;
  /** One recording node; all without. */
  readonly nodeId?: string;
  /** One teller's account instead of the merge. */
  readonly source?: string;
}

/** A refusal a person caused and can mend: one sentence. The CLI exits 2 (or 1 for "no"). */
export class QuestionError extends Error {
  override readonly name = 'QuestionError';
  /** `wrong`: the question makes no sense; `unknown`: it does, and the answer is that there is none. */
  readonly kind: 'wrong' | 'unknown';
  /** The same sentence for who asks over HTTP, where the remedy is no command and no option. */
  readonly overHttp: string;

  constructor(kind: 'wrong' | 'unknown', message: string, overHttp = message) {
    super(message);
    this.kind = kind;
    this.overHttp = overHttp;
  }
}
