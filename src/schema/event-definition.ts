/** How an event type is declared: its fields, its secrets, its key and its versions, in one place. */
import type { Static, TObject } from 'typebox';
import { type Codec, codecOf } from './codec.ts';

export interface EventDeclaration<P extends TObject, S extends TObject | undefined> {
  /** One sentence for docs/events.md. */
  readonly says: string;
  /**
   * Names the fact inside its stream: `{field}` is a field's value, `{a|b}` the first one present,
   * `{observation}` the source's own key of the record. Never a sealed value.
   */
  readonly key: string;
  /** Fields everyone may read, in stored order. */
  readonly plain: P;
  /** Fields that are stored sealed; only history, verify and forensics open them. */
  readonly sealed?: S;
  /** Version of the stored form; raised with an upcaster beside it. */
  readonly schema?: number;
  /** Lowest reader version that may interpret this event. */
  readonly minReader?: number;
}

export interface EventDefinition<P extends TObject, S extends TObject | undefined>
  extends Required<Omit<EventDeclaration<P, S>, 'sealed'>> {
  readonly sealed: S | undefined;
  readonly plainCodec: Codec<Static<P>>;
  readonly sealedCodec: Codec<S extends TObject ? Static<S> : never> | undefined;
  readonly factKey: (data: object, observationKey: string) => string;
}

export function defineEvent<P extends TObject, S extends TObject | undefined = undefined>(
  declaration: EventDeclaration<P, S>,
): EventDefinition<P, S> {
  const { sealed } = declaration;
  return {
    schema: 1,
    minReader: 1,
    ...declaration,
    sealed,
    plainCodec: codecOf('data', declaration.plain),
    sealedCodec: (sealed === undefined ? undefined : codecOf('sealed', sealed)) as EventDefinition<
      P,
      S
    >['sealedCodec'],
    factKey: keyWriter(declaration.key),
  };
}

/** A definition whose fields the caller does not know. */
export interface AnyEventDefinition
  extends Omit<EventDefinition<TObject, TObject | undefined>, 'plainCodec' | 'sealedCodec'> {
  readonly plainCodec: Codec<object>;
  readonly sealedCodec: Codec<object> | undefined;
}

/** Any table of definitions, keyed by event type. */
export type EventTable = Readonly<Record<string, AnyEventDefinition>>;

/** The events of a table as a union: what folds and decisions see. No secrets in it. */
export type EventOf<T> = {
  [K in keyof T & string]: T[K] extends EventDefinition<infer P, infer _S>
    ? { readonly type: K; readonly data: Readonly<Static<P>> }
    : never;
}[keyof T & string];

/** An event about to be written: its secrets travel beside it, never inside `data`. */
export type DraftOf<T> = {
  [K in keyof T & string]: T[K] extends EventDefinition<infer P, infer S>
    ? {
        readonly type: K;
        readonly data: Readonly<Static<P>>;
        readonly secret?: S extends TObject ? Readonly<Static<S>> : never;
      }
    : never;
}[keyof T & string];

function keyWriter(template: string): (data: object, observationKey: string) => string {
  const parts = template.split(/\{([^}]*)\}/).map((part, index) => {
    return index % 2 === 0 ? part : part.split('|');
  });
  return (data, observationKey) => {
    let key = '';
    for (const part of parts) {
      if (typeof part === 'string') key += part;
      else key += firstPresent(part, data as Record<string, unknown>, observationKey);
    }
    return key;
  };
}

function firstPresent(
  names: readonly string[],
  data: Record<string, unknown>,
  observationKey: string,
): string {
  for (const name of names) {
    const value = name === 'observation' ? observationKey : data[name];
    if (value !== undefined) return String(value);
  }
  return '-';
}
