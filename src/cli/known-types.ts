/** The types of events that an option names: a mistyped one would silently match nothing. */
import { UsageError } from './errors.ts';

/**
 * As given, where each of them is one of a channel's events, or of any stream's. Loaded late: with their
 * names come the schemas of all events. Throws a UsageError.
 */
export async function knownTypes(
  types: readonly string[] | undefined,
  of: 'channel' | 'any',
): Promise<readonly string[] | undefined> {
  if (types === undefined) return undefined;
  const { categories, eventTables } = await import('../ledger/streams.ts');
  const tables = of === 'channel' ? (['channel'] as const) : categories;
  const known = [...new Set(tables.flatMap((category) => Object.keys(eventTables[category])))];
  const wrong = types.find((name) => !known.includes(name));
  if (wrong === undefined) return types;
  const what = of === 'channel' ? 'channel event' : 'event';
  throw new UsageError(`"${wrong}" is no type of ${what}; there are ${known.join(', ')}`);
}
