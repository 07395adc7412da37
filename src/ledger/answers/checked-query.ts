/**
 * The library's edge: a question as a program asks it, held against what a question may say. A moment
 * that is not understood would otherwise seem to be now.
 */
import { type Moment, type Query, QuestionError } from '../query.ts';
import type { HistoryQuery } from './history.ts';

const MOMENT =
  "{ kind: 'time', timeNs: 1773500966000000000n }, { kind: 'height', height: 800000 }, " +
  "{ kind: 'position', position: 123 }, { kind: 'revision', revision: 42 } or " +
  "{ kind: 'commitment', side: 'local', number: 17 }";

type Field = keyof HistoryQuery;
type Check = (value: unknown, field: string) => unknown;

/** Every field of every question; a method that has no use for one is told the truth all the same. */
const checks: Readonly<Record<Field, Check>> = {
  at: momentOf,
  knownAtNs: nanosecondsOf,
  nodeId: textOf,
  source: textOf,
  fromNs: nanosecondsOf,
  toNs: nanosecondsOf,
  from: momentOf,
  to: momentOf,
  types: textsOf,
  last: lastOf,
};

/** What somebody meant who wrote something near it. */
const meant: Readonly<Record<string, Field>> = {
  knownAt: 'knownAtNs',
  node: 'nodeId',
  type: 'types',
};

/** The question in its exact form; throws a QuestionError that says which form is wanted. */
export function checkedQuery<Q extends Query>(query: Q): Q {
  if (!isObject(query)) throw wrong(`a question is an object like { at: … }, not ${shown(query)}`);
  const checked: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(query)) {
    if (!isField(field)) {
      const near = Object.hasOwn(meant, field) ? meant[field] : undefined;
      const known = near ?? Object.keys(checks).join(', ');
      throw wrong(`a question has no "${field}": write ${known}`);
    }
    if (value !== undefined) checked[field] = checks[field](value, field);
  }
  return checked as Q;
}

function isField(name: string): name is Field {
  return Object.hasOwn(checks, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function momentOf(at: unknown): Moment {
  const no = () => wrong(`${shown(at)} is no moment: write ${MOMENT}`);
  if (!isObject(at)) throw no();
  switch (at.kind) {
    case 'time':
      return { kind: 'time', timeNs: nanosecondsOf(at.timeNs, 'timeNs') };
    case 'height':
      return { kind: 'height', height: countOf(at.height, 'height') };
    case 'position':
      return { kind: 'position', position: countOf(at.position, 'position') };
    case 'revision':
      return { kind: 'revision', revision: countOf(at.revision, 'revision') };
    case 'commitment': {
      const { side } = at;
      if (side !== 'local' && side !== 'remote') throw no();
      return { kind: 'commitment', side, number: countOf(at.number, 'number') };
    }
    default:
      throw no();
  }
}

function nanosecondsOf(value: unknown, field: string): bigint {
  if (typeof value === 'bigint') return value;
  throw wrong(
    `${field} takes nanoseconds since 1970 as a bigint, like 1773500966000000000n, not ${shown(value)}`,
  );
}

function countOf(value: unknown, field: string): number {
  const count = typeof value === 'bigint' ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw wrong(`${field} takes a whole number, like 123, not ${shown(value)}`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(`${field} takes a name, not ${shown(value)}`);
}

function textsOf(value: unknown, field: string): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw wrong(`${field} takes a list of names, not ${shown(value)}`);
}

/** The newest so many, and perhaps before which place. */
function lastOf(value: unknown): HistoryQuery['last'] {
  const no = () => wrong(`last takes { count: 50 } and where they end, not ${shown(value)}`);
  if (!isObject(value)) throw no();
  const { before } = value;
  const count = countOf(value.count, 'last.count');
  if (before === undefined) return { count };
  if (!isObject(before)) throw no();
  const { at, stream, revision } = before;
  if (typeof at !== 'string' || typeof stream !== 'string') throw no();
  return { count, before: { at, stream, revision: countOf(revision, 'last.before.revision') } };
}

const LONGEST_SHOWN = 80;

function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_SHOWN));
  if (value instanceof Date) return 'a Date';
  if (Array.isArray(value)) return 'a list';
  if (!isObject(value)) return String(value);
  const { kind } = value;
  return typeof kind === 'string' ? `the kind ${shown(kind)}` : 'that object';
}

function wrong(message: string): QuestionError {
  return new QuestionError('wrong', message);
}
