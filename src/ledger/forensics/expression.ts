/**
 * Conditions over a channel's row, in the Common Expression Language (CEL): it has no loops without an
 * end, calls nothing of JavaScript and changes nothing, so that an expression of anybody's may be run.
 */
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { ChannelRow } from '../../../projections/channel-row.ts';
import { QuestionError } from '../query.ts';

/** Whether a row meets it. What the row does not have (yet) meets nothing. */
export type Condition = (row: object) => boolean;

const MAX_CHARACTERS = 2_000;
/** A condition of a person has some twenty nodes; an attacker's may not fill the stack. */
const LIMITS = { maxAstNodes: 1_000, maxDepth: 50 };
const fields: ReadonlySet<string> = new Set(Object.keys(ChannelRow.properties));

/** Throws a QuestionError for what is no condition over a channel. */
export function parseCondition(text: string): Condition {
  if (text.length > MAX_CHARACTERS) throw refused('it is too long');
  const environment = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS });
  const run = compiled(environment, withSizes(text));
  return (row) => {
    try {
      const value = run(plain(row));
      if (typeof value === 'boolean') return value;
    } catch (cause) {
      return unknownValue(cause);
    }
    throw refused('it is a value, not a condition: write a comparison');
  };
}

function compiled(environment: Environment, text: string): (row: Fields) => unknown {
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

type Fields = Record<string, unknown>;

/** A number of a row is whole: as CEL's int it compares with any other. */
function plain(row: object): Fields {
  const converted: Fields = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) converted[name] = plainValue(value);
  }
  return converted;
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === 'object' && value !== null ? plain(value) : value;
}

function unknownValue(cause: unknown): false {
  if (!(cause instanceof EvaluationError)) throw cause;
  const message = firstLine(cause);
  const name = /^Unknown variable: (\w+)/.exec(message)?.[1];
  if (name !== undefined && !fields.has(name)) {
    throw refused(`a channel has no "${name}"; it has ${[...fields].join(', ')}`);
  }
  if (name !== undefined || /^No such key/.test(message)) return false;
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
