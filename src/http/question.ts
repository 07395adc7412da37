/** What every question may be narrowed by, as a URL spells it. */
import Type from 'typebox';
import { parseMoment } from '../ledger/answers/moments.ts';
import type { Span } from '../ledger/answers/span.ts';
import { type Query, QuestionError } from '../ledger/query.ts';
import { type Category, categories, eventTables } from '../ledger/streams.ts';
import { parseTimeNs } from '../schema/time.ts';
import { Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';

const MOMENT = 'a time, height:H, position:P; for one channel revision:N, commitment:local:N';

const text = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });
const word = (description: string) => Type.Optional(text(description));
export const momentOf = (what: string) => text(`${what}: ${MOMENT}`);

export const narrowing = {
  at: word(`as it was: ${MOMENT}`),
  knownAt: word('only what had been recorded by then: a time'),
  node: word('one recording node: its alias, its id, or the beginning of one'),
  source: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]+$',
      maxLength: 64,
      description: "one teller's account, such as ldk",
    }),
  ),
};

export const span = {
  from: word(`from this on: ${MOMENT}`),
  to: word(`up to this: ${MOMENT}`),
};

export const channelName = {
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'channel point, short channel id, channel id, or the beginning of one',
  }),
};

type Narrowing = { readonly [Name in keyof typeof narrowing]?: string | undefined };
type Spanning = { readonly [Name in keyof typeof span]?: string | undefined };

const namesIn = (category: Category) => Object.keys(eventTables[category]);
export const channelTypes: readonly string[] = namesIn('channel').sort();
/** Of every kind of stream. */
export const allTypes: readonly string[] = [...new Set(categories.flatMap(namesIn))].sort();

/** Types with commas between. Throws a Refusal for none, and for one that does not exist: nothing would ever come. */
export function typesOf(
  text: string | undefined,
  known: readonly string[],
): readonly string[] | undefined {
  const types = text?.split(',').filter((name) => name !== '');
  const wrong = types?.find((name) => !known.includes(name));
  const thereAre = `there are ${known.join(', ')}`;
  if (wrong !== undefined) {
    throw new Refusal(400, `type: there is no type of event called "${wrong}" here; ${thereAre}`);
  }
  if (types?.length === 0) throw new Refusal(400, `type: names no type of event; ${thereAre}`);
  return types;
}

interface Scope {
  /** The moments that count one channel's events need one channel. */
  readonly isOneChannel: boolean;
}

export function queryOf(
  { at, knownAt, node, source }: Narrowing,
  ledger: ServedLedger,
  scope: Scope,
): Query {
  return {
    ...(at !== undefined && { at: parseMoment(at, scope) }),
    ...(knownAt !== undefined && { knownAtNs: timeOf(knownAt) }),
    ...(node !== undefined && { nodeId: ledger.nodeId(node) }),
    ...(source !== undefined && { source }),
  };
}

export function spanOf({ from, to }: Spanning, scope: Scope): Span {
  const first = from === undefined ? undefined : parseMoment(from, scope);
  const last = to === undefined ? undefined : parseMoment(to, scope);
  return {
    ...(first && (first.kind === 'time' ? { fromNs: first.timeNs } : { from: first })),
    ...(last && (last.kind === 'time' ? { toNs: last.timeNs } : { to: last })),
  };
}

function timeOf(text: string): bigint {
  try {
    return parseTimeNs(text);
  } catch {
    throw new QuestionError(
      'wrong',
      `knownAt takes a time like 2026-03-14T15:09:26Z, not "${text}"`,
    );
  }
}
