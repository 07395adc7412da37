/** A stored field in words, read from its schema: the table in docs/events.md cannot go stale. */
import type { TObject, TSchema } from 'typebox';
import * as channelFields from '../../src/channel/fields.ts';
import * as fields from '../../src/schema/fields.ts';

interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly description?: string;
  readonly codec?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly items?: TSchema;
}
const nodeOf = (schema: TSchema): SchemaNode => schema as SchemaNode;

/** Groups of fields that have a section of their own. */
export const groups: readonly (readonly [name: string, schema: TObject, says: string])[] = [
  [
    'Terms',
    channelFields.Terms,
    "What one end says in open_channel or accept_channel (BOLT 2): its dust limit holds for its own commitment, its csv delay for the other end's.",
  ],
  ['HtlcInFull', channelFields.HtlcInFull, 'An HTLC whose addition was not seen.'],
  ['ForwardOf', channelFields.ForwardOf, 'The HTLC that an offered one forwards.'],
  ['CommitmentInFull', channelFields.CommitmentInFull, 'A commitment as a late recorder met it.'],
  [
    'CommitmentSignatures',
    channelFields.CommitmentSignatures,
    "The peer's signatures, r ‖ s; those of HTLC transactions in the order of the commitment's outputs.",
  ],
  ['StatedBalances', channelFields.StatedBalances, 'What the source said, as it said it.'],
  ['StatedTotals', channelFields.StatedTotals, 'Lifetime sums as the source counts them.'],
];

const patterns = new Map<string | undefined, string>([
  [nodeOf(fields.NodeIdField).pattern, 'node key, 33 bytes, hex'],
  [nodeOf(fields.OutpointField).pattern, '`txid:vout`, txid in display order'],
  [nodeOf(fields.ShortChannelIdField).pattern, '`block`x`transaction`x`output`'],
  [nodeOf(fields.Time).pattern, 'RFC 3339, UTC, nine decimals'],
  [nodeOf(fields.HexUpTo(1)).pattern, 'hex'],
]);

/** Units that a number's name states. */
const units: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/PerKw$/, 'sat per 1,000 weight'],
  [/ProportionalMillionths$/, 'millionths of the amount'],
  [/Blocks$/, 'blocks'],
  [/[hH]eight$/, 'block height'],
  [/cltvExpiry$/, 'block height'],
  [/^(timestamp|blockTime)$/, 'seconds since 1970'],
];

function typeText(name: string, schema: TSchema): string {
  const node = nodeOf(schema);
  if (node.codec === 'bigint') return `${node.description ?? ''}, decimal string`;
  if (node.enum !== undefined) return node.enum.map((word) => `\`${word}\``).join(', ');
  if (node.items !== undefined) return `list of: ${typeText(name, node.items)}`;
  if (node.properties !== undefined) return objectText(node);
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'integer') return integerText(name, node);
  return stringText(node);
}

function integerText(name: string, { minimum }: SchemaNode): string {
  const unit = units.find(([ending]) => ending.test(name))?.[1];
  const whole = minimum === 0 ? 'integer' : 'integer, signed';
  return unit === undefined ? whole : `${whole}, ${unit}`;
}

function stringText({ pattern, maxLength }: SchemaNode): string {
  const fixed = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern ?? '')?.[1];
  if (fixed !== undefined) return `${Number(fixed) / 2} bytes, hex`;
  const known = patterns.get(pattern);
  if (known === 'hex') return `hex, up to ${grouped((maxLength ?? 0) / 2)} bytes`;
  if (known !== undefined) return known;
  return maxLength === undefined ? 'text' : `text, up to ${grouped(maxLength)} characters`;
}

const grouped = (count: number) => count.toLocaleString('en-US');

function objectText(node: SchemaNode): string {
  const own = Object.keys(node.properties ?? {}).join();
  const group = groups.find(([, schema]) => Object.keys(schema.properties).join() === own);
  if (group !== undefined) return `[${group[0]}](#${group[0].toLowerCase()})`;
  const inside = Object.entries(node.properties ?? {}).map(
    ([name, schema]) => `${name}${isRequired(node, name) ? '' : '?'} (${typeText(name, schema)})`,
  );
  return `{ ${inside.join('; ')} }`;
}

const isRequired = (node: SchemaNode, name: string) => node.required?.includes(name) === true;

/** A table of fields in stored order; 🔒 marks those that are stored sealed. */
export function fieldTable(plain: TObject, sealed?: TObject): string[] {
  const rows = (schema: TObject, mark: string) =>
    Object.entries(schema.properties).map(
      ([name, field]) =>
        `| \`${name}\`${mark} | ${isRequired(nodeOf(schema), name) ? 'yes' : 'no'} | ${typeText(name, field)} |`,
    );
  return [
    '| field | always there | stored as |',
    '|---|---|---|',
    ...rows(plain, ''),
    ...(sealed === undefined ? [] : rows(sealed, ' 🔒')),
  ];
}
