/**
 * Whether each field that a condition names is one that a channel can have. A misspelt one would meet
 * nothing for ever, and "it never holds" would be a wrong answer.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { TSchema } from 'typebox';
import { ChannelRow } from '../../../projections/channel-row.ts';
import { childrenOf } from './condition-bounds.ts';

/** What an expression may be, and how it is written; of an unknown schema anything may be asked. */
interface Shape {
  readonly schema: TSchema | undefined;
  readonly text: string;
}

const ANYTHING: Shape = { schema: undefined, text: '' };

/** Names that a walk through a list gives to its elements. */
type Bound = ReadonlyMap<string, Shape>;

/** Why a condition is refused; undefined where a channel has, or may have later, each field of it. */
export function unknownFieldIn(root: ASTNode, derived: readonly string[]): string | undefined {
  const fields = fieldsOf(ChannelRow) ?? {};
  let refusal: string | undefined;
  const refuse = (why: string): Shape => {
    refusal ??= why;
    return ANYTHING;
  };

  const named = (name: string): Shape => {
    if (derived.includes(name)) return ANYTHING;
    if (name === 'lifetime') {
      return refuse('what "lifetime" shows of one source is in "totals": totals.receivedMsat');
    }
    const schema = fields[name];
    if (schema !== undefined) return { schema, text: name };
    const all = [...Object.keys(fields), ...derived].join(', ');
    return refuse(`a channel has no "${name}"; it has ${all}`);
  };

  const fieldOf = ({ schema, text }: Shape, name: string): Shape => {
    if (schema === undefined) return ANYTHING;
    const inner = fieldsOf(schema);
    if (inner === undefined) return refuse(withoutFields(schema, text, name));
    const own = Object.hasOwn(inner, name) ? inner[name] : undefined;
    if (own !== undefined) return { schema: own, text: `${text}.${name}` };
    return refuse(`"${text}" has no "${name}"; it has ${Object.keys(inner).join(', ')}`);
  };

  const shapeOf = (node: ASTNode, bound: Bound): Shape => {
    switch (node.op) {
      case 'id':
        return bound.get(node.args) ?? named(node.args);
      case '.':
      case '.?':
        return fieldOf(shapeOf(node.args[0], bound), node.args[1]);
      case '[]':
      case '[?]': {
        const [of, key] = node.args;
        shapeOf(key, bound);
        const outer = shapeOf(of, bound);
        if (outer.schema !== undefined && itemsOf(outer.schema) !== undefined) {
          return elementOf(outer);
        }
        const name = key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
        return name === undefined ? ANYTHING : fieldOf(outer, name);
      }
      case 'rcall': {
        const [name, of, [element, ...rest]] = node.args;
        const outer = shapeOf(of, bound);
        // "exists(htlc, …)": its first argument names each element.
        const isWalk = element?.op === 'id' && rest.length > 0;
        const inner = isWalk ? new Map([...bound, [element.args, elementOf(outer)]]) : bound;
        for (const argument of isWalk || !element ? rest : [element, ...rest]) {
          shapeOf(argument, inner);
        }
        return name === 'filter' ? outer : ANYTHING;
      }
      default:
        for (const child of childrenOf(node)) shapeOf(child, bound);
        return ANYTHING;
    }
  };

  shapeOf(root, new Map());
  return refusal;
}

function elementOf({ schema, text }: Shape): Shape {
  return { schema: schema && itemsOf(schema), text: `each of ${text}` };
}

function withoutFields(schema: TSchema, text: string, name: string): string {
  if (itemsOf(schema) === undefined) return `"${text}" is one value, and has no "${name}"`;
  return `"${text}" is a list: ask ${text}.length, or ${text}.exists(each, each.${name} == …)`;
}

function fieldsOf(schema: TSchema): Readonly<Record<string, TSchema>> | undefined {
  return 'properties' in schema ? (schema.properties as Record<string, TSchema>) : undefined;
}

function itemsOf(schema: TSchema): TSchema | undefined {
  return 'items' in schema ? (schema.items as TSchema) : undefined;
}
