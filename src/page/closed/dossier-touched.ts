/** Which events can change a dossier: it is read anew for them, and that takes the server a while. Pure. */
import type { Told } from '../live/told.ts';
import { type Touchable, touchesOf } from '../live/touches.ts';

/** `named`: the channels that the dossier tells of, such as those of what was forwarded. */
export function touchesDossier(told: Told, closed: Touchable, named: ReadonlySet<string>): boolean {
  const { stream, type } = told;
  const [, category, first, second = ''] = STREAM.exec(stream) ?? [];
  // Of all that the node itself tells, a dossier has the feerates.
  if (category === 'node') return second === closed.nodeId && type === 'FeerateEstimated';
  if (category === 'channel' && first === closed.nodeId && named.has(second)) return true;
  return touchesOf(told)(closed);
}

const STREAM = /^(channel|node)-([^.]+)\.([^.]+)/;
const CHANNEL_ID = /[0-9a-f]{64}/g;

/** Channels, and transactions, which are none and do no harm. */
export function namedIn(lines: readonly { readonly text: string }[]): ReadonlySet<string> {
  return new Set(lines.flatMap(({ text }) => text.match(CHANNEL_ID) ?? []));
}
