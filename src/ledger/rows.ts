/** Every stream's row, now or as of a moment: what the answers are made of (DESIGN §9). */
import type { Projection, RowBase } from '../../projections/projection.ts';
import type { Query } from './query.ts';

export interface RowAt<Row> {
  readonly stream: string;
  readonly row: Readonly<Row>;
  /** The stream's last event that the row was asked to know of. */
  readonly revision: number;
}

interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface Rows {
  /** Every stream's row of a projection, as of the query's moment; streams with no event by then are left out. */
  all<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    query?: Query,
  ): readonly RowAt<Row>[];
  one<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    stream: string,
    query?: Query,
  ): RowAt<Row> | undefined;
}
