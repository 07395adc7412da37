/** Protocol messages as plain JSON that can be compared: what is absent is left out, what chance decides is masked. */
import shared from '@eventstore/db-client/generated/shared_pb.js';

export type Plain = string | number | boolean | Plain[] | { [name: string]: Plain };

/** What every generated message has. */
export interface Message {
  toObject(): object;
}

/** Bytes that are text in all that we send. */
const TEXTS = new Set(['streamName', 'data', 'customMetadata', 'streamIdentifier']);
const POSITIONS = new Set(['commitPosition', 'preparePosition']);
/** Of a server and of a moment. */
const MASKS: Readonly<Record<string, string>> = {
  timeStamp: '<time>',
  instanceId: '<uuid>',
  httpEndPoint: '<address>',
};
const TIME = /\b\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)/g;
const NO_POSITION = '18446744073709551615';
/** Ids that we send begin so; every other one the server made. */
export const OWN_ID = '00000000-0000-4000-8000-';
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** `run`: what distinguishes the streams of one run from those of another. */
export function plainOf(message: Message, run: string): Plain {
  const plain: { [name: string]: Plain } = {};
  for (const [key, value] of Object.entries(message.toObject())) {
    const name = key.charAt(0).toUpperCase() + key.slice(1);
    if (key.endsWith('Map')) {
      const entries = (value as [string, string][]).map(([of, text]): [string, Plain] => [
        of,
        of === 'created' ? '<time>' : masked(text, run),
      ]);
      if (entries.length > 0) plain[key] = Object.fromEntries(entries.sort());
      continue;
    }
    if (called(message, `has${name}`) === false) continue;
    const isKept = called(message, `has${name}`) === true;
    const field = fieldOf(called(message, `get${name}`), key, run);
    if (field !== undefined && (isKept || !isDefault(field))) plain[key] = field;
  }
  return 'typeUrl' in plain ? unpacked(plain, message, run) : plain;
}

function fieldOf(value: unknown, key: string, run: string): Plain | undefined {
  if (Array.isArray(value)) return value.flatMap((each) => fieldOf(each, key, run) ?? []);
  if (isMessage(value)) return MASKS[key] ?? plainOf(value, run);
  if (value instanceof Uint8Array) return masked(Buffer.from(value).toString(), run);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  if (POSITIONS.has(key) && value !== '0') return value === NO_POSITION ? '<none>' : '<position>';
  const mask = MASKS[key];
  if (mask !== undefined) return mask;
  const text = TEXTS.has(key) ? Buffer.from(value, 'base64').toString() : value;
  return masked(text, run);
}

/** An `Any`: what lies in it, of a type that clients know. */
function unpacked(plain: { [name: string]: Plain }, message: Message, run: string): Plain {
  const url = String(plain.typeUrl);
  const type: unknown = Reflect.get(shared, url.split('.').at(-1) ?? '');
  const bytes = called(message, 'getValue_asU8');
  if (typeof type !== 'function' || !(bytes instanceof Uint8Array)) return plain;
  const value: unknown = Reflect.get(type, 'deserializeBinary').call(type, bytes);
  return { typeUrl: url, value: isMessage(value) ? plainOf(value, run) : '' };
}

function called(message: Message, method: string): unknown {
  const found: unknown = Reflect.get(message, method);
  return typeof found === 'function' ? Reflect.apply(found, message, []) : undefined;
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && 'toObject' in value;
}

/** As proto3 has it: a scalar that says nothing. */
function isDefault(value: Plain): boolean {
  return value === '' || value === '0' || value === 0 || value === false || isEmpty(value);
}

function isEmpty(value: Plain): boolean {
  return Array.isArray(value) && value.length === 0;
}

export function masked(text: string, run: string): string {
  return text
    .replaceAll(run, 'RUN')
    .replace(TIME, '<time>')
    .replace(/\bC:\d+\/P:\d+/g, '<position>')
    .replace(UUID, (id) => (id.startsWith(OWN_ID) ? id : '<uuid>'));
}
