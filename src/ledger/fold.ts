/**
 * Runs a projection's handlers over stored events. Only what the projection asks for is parsed; types
 * it does not know are counted and otherwise passed over.
 */
import type { Projection, RowBase, ViewedEvent } from '../../projections/projection.ts';
import type { Codec } from '../schema/codec.ts';
import type { AnyEventDefinition, EventTable } from '../schema/event-definition.ts';
import { type FoldableEvent, happenedAtOf, recordedAtOf, schemaOf } from './event-times.ts';
import { categories, eventTables, parseStream } from './streams.ts';
import { upcast } from './upcasters.ts';

/** A projection made ready to run. Methods, so that folds of different rows fit in one table. */
export interface Fold<Row extends RowBase> {
  readonly name: string;
  readonly version: number;
  readonly category: string;
  readonly codec: Codec<Row>;
  /** The row of a stream before its first event. */
  initial(stream: string): Row;
  /** Changes the row by one event; the caller sees to the order. */
  apply(row: Row, event: FoldableEvent, stream: string): void;
}

interface Step<Row> {
  readonly definition: AnyEventDefinition;
  handle(row: Row, event: ViewedEvent): void;
}

export function foldOf<
  Row extends RowBase,
  E extends { readonly type: string; readonly data: unknown },
>(projection: Projection<Row, E>): Fold<Row> {
  const { name, version, category, codec } = projection;
  const steps = stepsOf<Row>(category, projection.on);
  return {
    name,
    version,
    category,
    codec,
    initial(stream) {
      const { nodeId = '', subjectId = '', source = '' } = parseStream(stream) ?? {};
      return projection.initial({ stream, nodeId, subjectId, source });
    },
    apply(row, event, stream) {
      const happenedAt = happenedAtOf(event.metadata);
      // A newer reader may be demanded by a type this one does not know.
      const schema = schemaOf(event, stream);
      const step = steps.get(event.type);
      if (step !== undefined) {
        const { type, revision, metadata } = event;
        const data = dataOf(step.definition, type, event.data, schema);
        step.handle(row, {
          type,
          data,
          happenedAt,
          revision,
          get recordedAt() {
            return recordedAtOf(metadata);
          },
        });
      }
      row.eventCount += 1;
      row.lastEventAt = happenedAt;
    },
  };
}

/**
 * The one place where an event's type is given up: the handler under a type's name takes that type's
 * data, which the compiler cannot follow through a table.
 */
function stepsOf<Row>(category: string, on: object): ReadonlyMap<string, Step<Row>> {
  const known = categories.find((name) => name === category);
  const table: EventTable = known === undefined ? {} : eventTables[known];
  const steps = new Map<string, Step<Row>>();
  for (const [type, handle] of Object.entries(on) as [string, Step<Row>['handle']][]) {
    const definition = table[type];
    if (definition === undefined) throw new Error(`${category} streams hold no ${type}`);
    steps.set(type, { definition, handle });
  }
  return steps;
}

function dataOf(
  definition: AnyEventDefinition,
  type: string,
  text: string,
  schema: number,
): unknown {
  const data: unknown = JSON.parse(text);
  const lifted = schema < definition.schema ? upcast(type, schema, data) : data;
  return definition.plainCodec.decode(lifted);
}
