/**
 * Runs a projection's handlers over stored events. Only what the projection asks for is parsed; types
 * it does not know are counted and otherwise passed over.
 */
import type { Projection, RowBase, ViewedEvent } from '../../projections/projection.ts';
import type { Codec } from '../schema/codec.ts';
import type { AnyEventDefinition, EventTable } from '../schema/event-definition.ts';
import type { Metadata } from '../schema/metadata.ts';
import type { TimeBounds } from '../schema/time-bounds.ts';
import { type Cutter, cutterOf } from './cut-text.ts';
import {
  type FoldableEvent,
  ofItsOwn,
  recordedAtOf,
  schemaOf,
  timeBasisOf,
  timeBoundsOf,
} from './event-times.ts';
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
  /** Changes the row by one event that happened then; the caller sees to the order. */
  apply(row: Row, event: FoldableEvent, happenedAt: string, stream: string): void;
  /**
   * The same for several on their way into a draft, which is slow to ask and to tell: `lastEventAt` is
   * what the row's own would be, and the caller counts in the end.
   */
  handle(row: Row, event: FoldableEvent, times: EventTimes, stream: string): void;
}

interface EventTimes {
  readonly happenedAt: string;
  /** Of the event before it in the row. */
  readonly lastEventAt: string | undefined;
}

interface Step<Row> {
  readonly definition: AnyEventDefinition;
  readonly cut: Cutter;
  handle(row: Row, event: ViewedEvent): void;
}

export function foldOf<
  Row extends RowBase,
  E extends { readonly type: string; readonly data: unknown },
>(projection: Projection<Row, E>): Fold<Row> {
  const { name, version, category, codec } = projection;
  const steps = stepsOf<Row>(category, projection.on, projection.readsUpTo ?? {});
  const handle = (row: Row, event: FoldableEvent, times: EventTimes, stream: string) => {
    const step = steps.get(event.type);
    // A newer reader may be demanded by a type this one does not know.
    const schema = event.inMemory === undefined ? schemaOf(event, stream) : undefined;
    if (step === undefined) return;
    const data = schema === undefined ? event.inMemory?.data : dataOf(step, event, schema);
    step.handle(row, new FoldedEvent(event, data, times));
  };
  return {
    name,
    version,
    category,
    codec,
    initial(stream) {
      const { nodeId = '', subjectId = '', source = '' } = parseStream(stream) ?? {};
      return projection.initial({ stream, nodeId, subjectId, source });
    },
    apply(row, event, happenedAt, stream) {
      const { lastEventAt, lastEventAtBounds } = row;
      handle(row, event, { happenedAt, lastEventAt }, stream);
      row.eventCount += 1;
      row.lastEventAt = happenedAt;
      const bounds = timeBoundsOf(event.metadata);
      if (bounds === undefined && lastEventAtBounds === undefined) return;
      // Of several at one moment one that is told says how well it is known, in whichever order they came.
      const isTold = happenedAt === lastEventAt && lastEventAtBounds === undefined;
      if (!isTold) setLastBounds(row, bounds);
    },
    handle,
  };
}

/** How well the time of its last event is known. */
export function setLastBounds(row: RowBase, bounds: TimeBounds | undefined): void {
  if (bounds !== undefined) row.lastEventAtBounds = bounds;
  else if (row.lastEventAtBounds !== undefined) delete row.lastEventAtBounds;
}

/** What a handler sees. A class, since a million of them must cost nothing that is not asked for. */
class FoldedEvent implements ViewedEvent {
  readonly type: string;
  readonly data: unknown;
  readonly lastEventAt: string | undefined;
  readonly revision: number;
  readonly #happenedAt: string;
  readonly #metadata: string;

  constructor({ type, revision, metadata }: FoldableEvent, data: unknown, times: EventTimes) {
    this.type = type;
    this.data = data;
    this.#happenedAt = times.happenedAt;
    this.lastEventAt = times.lastEventAt;
    this.revision = revision;
    this.#metadata = metadata;
  }

  /** As the row may keep it. */
  get happenedAt(): string {
    return ofItsOwn(this.#happenedAt);
  }

  get timeBounds(): TimeBounds | undefined {
    return timeBoundsOf(this.#metadata);
  }

  get timeBasis(): Metadata['timeBasis'] {
    return timeBasisOf(this.#metadata);
  }

  get recordedAt(): string {
    return recordedAtOf(this.#metadata);
  }
}

/**
 * The one place where an event's type is given up: the handler under a type's name takes that type's
 * data, which the compiler cannot follow through a table.
 */
function stepsOf<Row>(
  category: string,
  on: object,
  readsUpTo: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Step<Row>> {
  const known = categories.find((name) => name === category);
  const table: EventTable = known === undefined ? {} : eventTables[known];
  const steps = new Map<string, Step<Row>>();
  for (const [type, handle] of Object.entries(on) as [string, Step<Row>['handle']][]) {
    const definition = table[type];
    if (definition === undefined) throw new Error(`${category} streams hold no ${type}`);
    const cut = cutterOf(definition.plain, readsUpTo[type]);
    steps.set(type, { definition, cut, handle });
  }
  return steps;
}

function dataOf<Row>(step: Step<Row>, event: FoldableEvent, schema: number): unknown {
  const { definition } = step;
  // An older form has other fields: it is lifted whole.
  if (schema < definition.schema) {
    const lifted = upcast(
      event.type,
      { from: schema, to: definition.schema },
      JSON.parse(event.data),
    );
    return definition.plainCodec.decode(lifted);
  }
  return definition.plainCodec.decode(JSON.parse(step.cut(event.data)));
}
