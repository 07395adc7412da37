/**
 * Conditions over a channel's row, in a part of the Common Expression Language (CEL): it calls nothing of
 * JavaScript, changes nothing, and its work is bounded (condition-bounds.ts), so that an expression of
 * anybody's may be run.
 */
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { QuestionError } from '../query.ts';
import { LIMITS, ReadCount, unboundedIn } from './condition-bounds.ts';
import { unknownFieldIn } from './condition-fields.ts';

/** Whether a row meets it. What the row does not have (yet) meets nothing. */
export type Condition<Row extends object = object> = (row: Row) => boolean;

const MAX_CHARACTERS = 2_000;

/** What answers show beside a row's own fields, worked out of one row where a condition asks for it. */
export interface Derived<Row extends object> {
  readonly names: readonly string[];
  of(row: Row): Readonly<Record<string, unknown>>;
}

const nothingDerived: Derived<object> = { names: [], of: () => ({}) };

/** Throws a QuestionError for what is no condition over a channel, or one that could take too long. */
export function parseCondition<Row extends object = object>(
  text: string,
  derived: Derived<Row> = nothingDerived,
): Condition<Row> {
  if (text.length > MAX_CHARACTERS) throw refused('it is too long');
  const environment = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS });
  const run = compiled(environment, withSizes(text), derived.names);
  const read = new ReadCount(refused);
  return (row) => {
    read.nextState();
    try {
      const fieldOf = fieldsOf(row, derived);
      const value = run(new FieldsRead(fieldOf, read));
      if (typeof value === 'boolean') return value;
    } catch (cause) {
      return unknownValue(cause);
    }
    throw refused('it is a value, not a condition: write a comparison');
  };
}

function compiled(
  environment: Environment,
  text: string,
  derived: readonly string[],
): (row: FieldsRead) => unknown {
  const run = parsed(environment, text);
  const why = unboundedIn(run.ast) ?? unknownFieldIn(run.ast, derived);
  if (why !== undefined) throw refused(why);
  return run;
}

function parsed(environment: Environment, text: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(text);
  } catch (cause) {
    throw refused(firstLine(cause));
  }
}

/** `htlcs.length`, as everybody writes it, is CEL's `size(htlcs)`; not inside of quotes. */
function withSizes(text: string): string {
  const pieces = text.split(/("[^"]*"|'[^']*')/);
  return pieces
    .map((piece, index) =>
      index % 2 === 1 ? piece : piece.replace(/\b(\w+(?:\.\w+)*)\.length\b/g, 'size($1)'),
    )
    .join('');
}

type FieldOf = (name: string) => unknown;

function fieldsOf<Row extends object>(row: Row, { names, of }: Derived<Row>): FieldOf {
  const told = new Map<string, unknown>(Object.entries(row));
  return (name) => (names.includes(name) ? of(row)[name] : told.get(name));
}

/** A row as CEL reads it, field by field as they are asked for; what is read is counted. */
class FieldsRead extends Map<string, unknown> {
  readonly #fieldOf: FieldOf;
  readonly #read: ReadCount;

  constructor(fieldOf: FieldOf, read: ReadCount) {
    super();
    this.#fieldOf = fieldOf;
    this.#read = read;
  }

  override get(name: string): unknown {
    const value = this.#fieldOf(name);
    return value === undefined ? undefined : plainValue(value, this.#read);
  }
}

/** A number of a row is whole: as CEL's int it compares with any other. */
function plainValue(value: unknown, read: ReadCount): unknown {
  read.add(typeof value === 'string' ? 1 + value.length : 1);
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map((each) => plainValue(each, read));
  if (typeof value !== 'object' || value === null) return value;
  const plain: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner !== undefined) plain[name] = plainValue(inner, read);
  }
  return plain;
}

/** Which fields there can be was looked at before: one that is not there is not there yet. */
function unknownValue(cause: unknown): false {
  if (!(cause instanceof EvaluationError)) throw cause;
  const message = firstLine(cause);
  if (/^(?:Unknown variable|No such key)/.test(message)) return false;
  throw refused(message);
}

function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return (message.split('\n')[0] ?? '').replace(/^size\(/, '');
}

function refused(why: string): QuestionError {
  return new QuestionError(
    'wrong',
    `the condition was not understood: ${why} (write one like localBalanceMsat < 1000000000)`,
  );
}
