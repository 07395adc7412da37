/** The filters of the protocol, over stream names or event types, by prefixes or a regular expression. */
import type { StoredEvent } from '../store/event-store.ts';
import { invalidArgument } from './failures.ts';

export interface EventFilter {
  readonly isWanted: (event: StoredEvent) => boolean;
  /** A checkpoint is sent after so many events were looked at. */
  readonly checkpointEvery: number;
}

/** What the requests of `Streams` and of `PersistentSubscriptions` both have. */
export interface FilterOptions {
  getStreamIdentifier(): FilterExpression | undefined;
  getEventType(): FilterExpression | undefined;
  hasMax(): boolean;
  getMax(): number;
  getCheckpointintervalmultiplier(): number;
}

export interface FilterExpression {
  getRegex(): string;
  getPrefixList(): readonly string[];
}

/** The real server's, where the client names none. */
const DEFAULT_WINDOW = 32;

export function eventFilter(options: FilterOptions): EventFilter {
  const byStream = options.getStreamIdentifier();
  const expression = byStream ?? options.getEventType();
  if (expression === undefined) throw invalidArgument('the filter says neither stream nor type');
  const matches = matcher(expression);
  const isWanted =
    byStream === undefined
      ? ({ type }: StoredEvent) => matches(type)
      : ({ stream }: StoredEvent) => matches(stream);
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  const multiplier = Math.max(1, options.getCheckpointintervalmultiplier());
  return { isWanted, checkpointEvery: Math.max(1, window) * multiplier };
}

function matcher(expression: FilterExpression): (name: string) => boolean {
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (name) => prefixes.some((prefix) => name.startsWith(prefix));
  const pattern = compiled(expression.getRegex());
  return (name) => pattern.test(name);
}

function compiled(regex: string): RegExp {
  try {
    return new RegExp(regex, 'u');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidArgument(`the filter is no regular expression: ${reason}`);
  }
}
