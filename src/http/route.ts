/** One route: what may be asked there, what is answered, and who may ask. */
import type { TProperties, TSchema } from 'typebox';
import Type, { type Static, type TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { mismatchText } from '../schema/mismatch.ts';
import { whenAsked } from '../schema/when-asked.ts';
import type { EventIds } from './event-ids.ts';
import type { Grant } from './grant.ts';
import type { Places } from './places.ts';
import { type ProblemStatus, Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';
import type { Verifying } from './verifying.ts';

/** What there is to make answers of. */
export interface Answering {
  readonly ledger: ServedLedger;
  readonly eventIds: EventIds;
  readonly verifying: Verifying;
  readonly searches: Places;
  readonly dossiers: Places;
}

/** What an answer is made of. */
export interface Asked<Params, Question> extends Answering {
  readonly params: Params;
  readonly question: Question;
  readonly grant: Grant;
  /** For what may take long: aborts, with a Refusal, where its client goes or its time is over. */
  readonly patience: () => AbortSignal;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As OpenAPI writes it, without parameters in braces: `/channels/:name`. */
  readonly path: string;
  readonly summary: string;
  readonly params: TObject;
  readonly question: TObject;
  readonly response: TSchema;
  /** Of an answer that is given; 200 nearly always. */
  readonly status: number;
  /** Other forms of the answer, by their type, and what asks for them. */
  readonly texts: Readonly<Record<string, string>>;
  /** Statuses of its own, beside those that every route may refuse with. */
  readonly refusals: readonly ProblemStatus[];
  /** The answer depends on the ledger alone, so that its position is its ETag. */
  readonly isOfLedger: boolean;
  answer(asked: Asked<unknown, unknown>): unknown;
}

interface Declared<P extends TProperties, Q extends TProperties> {
  readonly method?: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly params?: P;
  readonly question?: Q;
  readonly response: TSchema;
  readonly status?: number;
  readonly texts?: Route['texts'];
  readonly refusals?: Route['refusals'];
  readonly isOfLedger?: boolean;
  answer(asked: Asked<Static<TObject<P>>, Static<TObject<Q>>>): unknown;
}

/** A route whose path and question are checked before its answer is worked out. */
export function route<const P extends TProperties, const Q extends TProperties>(
  declared: Declared<P, Q>,
): Route {
  const { method = 'GET', path, summary, response, isOfLedger = true } = declared;
  const { status = 200, texts = {}, refusals = [] } = declared;
  const params = objectOf(declared.params);
  const question = objectOf(declared.question);
  const paramsIn = readerOf(`the path ${path}`, params);
  const questionIn = readerOf('the question', question);
  return {
    method,
    path,
    summary,
    params,
    question,
    response,
    status,
    texts,
    refusals,
    isOfLedger,
    answer: (asked) =>
      declared.answer({
        ...asked,
        params: paramsIn(asked.params),
        question: questionIn(asked.question),
      }),
  };
}

/** A parameter that is not known is refused: left unread it would seem to be obeyed. */
function objectOf<P extends TProperties>(properties: P | undefined): TObject<P> {
  return Type.Object(properties ?? ({} as P), { additionalProperties: false });
}

/** Text of a URL as the schema's types: `"10"` is a number where a number is asked for. */
export function readerOf<S extends TObject>(
  name: string,
  schema: S,
): (value: unknown) => Static<S> {
  const compiled = whenAsked(() => Compile(schema));
  return (value) => {
    // Fastify's query has no prototype, which Convert does not take for an object.
    const plain: unknown = typeof value === 'object' ? { ...value } : value;
    const converted: unknown = Value.Convert(schema, plain);
    if (compiled().Check(converted)) return converted;
    throw new Refusal(
      400,
      `${name}: ${mismatchText(schema, converted, compiled().Errors(converted))}`,
    );
  };
}
