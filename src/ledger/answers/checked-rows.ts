/** `ledger.rows` as programs see it: asked like every other question, and refused like one. */
import type { Projection, RowBase } from '../../../projections/projection.ts';
import type { Query } from '../query.ts';
import type { RowAt, Rows } from '../rows.ts';
import { checkedQuery } from './checked-query.ts';
import type { AnswerContext } from './context.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';

interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

export class CheckedRows implements Rows {
  readonly #context: AnswerContext;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  all<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    query: Query = {},
  ): readonly RowAt<Row>[] {
    const ours = withoutChannelMoment(checkedQuery(query));
    return this.#context.rows.all(projection, asked(this.#context, ours));
  }

  one<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    stream: string,
    query: Query = {},
  ): RowAt<Row> | undefined {
    return this.#context.rows.one(projection, stream, asked(this.#context, checkedQuery(query)));
  }
}
