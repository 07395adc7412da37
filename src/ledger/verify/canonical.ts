/**
 * Whether stored text is the one canonical form of what it says: re-encoded by the codec of its type
 * where that is known, and in any case as `JSON.stringify` would write it (DESIGN §4).
 */
import type { TSchema } from 'typebox';
import { codecOf } from '../../schema/codec.ts';
import type { AnyEventDefinition } from '../../schema/event-definition.ts';
import { Fields, Maybe, OutsideText, WholeRecord } from '../../schema/fields.ts';
import { type Metadata, metadataCodec } from '../../schema/metadata.ts';
import { withSealed } from '../../store/unsealed.ts';
import type { SealedField } from '../stored-event.ts';

const sealedFieldCodec = codecOf('sealed', Fields({ keyId: OutsideText, box: Maybe(WholeRecord) }));

/** `newer` has fields that this version does not know: kept as they are, checked for form alone. */
export type Form<T> =
  | { readonly state: 'canonical'; readonly value: T }
  | { readonly state: 'newer' }
  | { readonly state: 'broken'; readonly problem: string };

export interface EventData {
  /** The plain fields in memory form. */
  readonly plain: object;
  readonly sealed: SealedField | undefined;
}

export function metadataForm(text: string): Form<Metadata> {
  return formOf(text, (json) => {
    if (hasUnknownFields(metadataCodec.schema, json)) return undefined;
    const value = metadataCodec.decode(json);
    return { value, text: metadataCodec.encode(value) };
  });
}

/** Of an event of the version this reader writes. */
export function dataForm(text: string, definition: AnyEventDefinition): Form<EventData> {
  return formOf<EventData>(text, (json) => {
    const { sealed, ...fields } = json as { readonly sealed?: SealedField };
    const isOfType = sealed === undefined || definition.sealed !== undefined;
    if (!isOfType || hasUnknownFields(definition.plain, fields)) return undefined;
    const plain = definition.plainCodec.decode(fields);
    const plainText = definition.plainCodec.encode(plain);
    if (sealed === undefined) return { value: { plain, sealed }, text: plainText };
    assertBase64(sealed.box);
    const canonical = JSON.parse(sealedFieldCodec.encode(sealed)) as SealedField;
    return { value: { plain, sealed }, text: withSealed(plainText, canonical) };
  });
}

/** Of a type or version this reader does not know. */
export function unknownForm(text: string): string | undefined {
  const form = formOf(text, () => undefined);
  return form.state === 'broken' ? form.problem : undefined;
}

function formOf<T>(
  text: string,
  encodeAgain: (json: object) => { readonly value: T; readonly text: string } | undefined,
): Form<T> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return { state: 'broken', problem: 'it is no JSON object' };
    }
    if (JSON.stringify(json) !== text) return notCanonical;
    const again = encodeAgain(json);
    if (again === undefined) return { state: 'newer' };
    return again.text === text ? { state: 'canonical', value: again.value } : notCanonical;
  } catch (cause) {
    // From JSON.parse, BigInt or a codec: messages that name a field and show no value.
    const problem = cause instanceof SyntaxError ? 'it is not readable' : String(cause);
    return { state: 'broken', problem };
  }
}

const notCanonical = { state: 'broken', problem: 'its bytes are not the canonical form' } as const;

function assertBase64(box: unknown): void {
  if (box === undefined) return;
  const isCanonical =
    typeof box === 'string' && Buffer.from(box, 'base64').toString('base64') === box;
  if (!isCanonical) throw new Error('sealed: box is not base64');
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
}

/** A newer version may have added fields; they are kept, and this one has no say about them. */
function hasUnknownFields(schema: TSchema, json: unknown): boolean {
  const { properties, items } = schema as SchemaNode;
  if (items !== undefined) {
    return Array.isArray(json) && json.some((item) => hasUnknownFields(items, item));
  }
  if (properties === undefined || typeof json !== 'object' || json === null) return false;
  return Object.entries(json).some(([key, value]) => {
    const inner = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return inner === undefined || hasUnknownFields(inner, value);
  });
}
