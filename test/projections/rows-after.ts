/** after(event).changes({…}): the whole row of a projection after every event of a story. */
import { equal } from 'uvu/assert';
import type { Projection, RowBase } from '../../projections/projection.ts';
import { happenedAtOf } from '../../src/ledger/event-times.ts';
import { foldOf } from '../../src/ledger/fold.ts';
import type { Fact } from '../../src/schema/aggregate.ts';
import { timeText } from '../../src/schema/time.ts';
import { START_NS, storedForm } from '../stored-form.ts';

/** When the story's nth event happened (from 0): a second after the one before it. */
export function at(nth: number): string {
  return timeText(START_NS + BigInt(nth) * 1_000_000_000n);
}

/** A value whose lists and objects may be constants. */
type Constant<T> = T extends string | number | bigint | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Constant<Item>[]
    : { readonly [K in keyof T]: Constant<T[K]> };

type Changes<Row> = { readonly [K in keyof Row]?: Constant<Row[K]> | undefined };

/** A story that begins with the row of a stream before its first event. */
export class Story<Row extends RowBase, E extends Fact> {
  readonly #stream: string;
  readonly #row: Row;
  readonly #apply: (event: E, nth: number) => void;
  /** What the row must be: changed by hand, field by field. */
  #expected: object;

  constructor(projection: Projection<Row, E>, stream: string) {
    const fold = foldOf(projection);
    this.#stream = stream;
    this.#row = fold.initial(stream);
    this.#expected = structuredClone(this.#row);
    this.#apply = (event, nth) => {
      const { type, data, metadata } = storedForm(stream, event, String(nth), {
        happenedAtNs: START_NS + BigInt(nth) * 1_000_000_000n,
      });
      const stored = { revision: nth, type, data, metadata };
      fold.apply(this.#row, stored, happenedAtOf(metadata), stream);
    };
  }

  /** The initial row. */
  begins(row: Omit<Row, 'eventCount'>): this {
    equal(this.#row, { ...row, eventCount: 0 });
    return this;
  }

  /** One more event. Fields given as undefined are gone; those not given are as they were. */
  after(event: E, changes: Changes<Row>): this {
    const nth = this.#row.eventCount;
    this.#apply(event, nth);
    const expected = { ...this.#expected, ...changes, eventCount: nth + 1, lastEventAt: at(nth) };
    const present = Object.entries(expected).filter(([, value]) => value !== undefined);
    this.#expected = Object.fromEntries(present);
    equal(this.#row, this.#expected, `after ${event.type} (event ${nth} of ${this.#stream})`);
    return this;
  }
}
