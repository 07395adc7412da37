/** Bytes of LDK that this release cannot read: told, so that they go to quarantine and are not lost. */
import { ChannelId } from '../../../lightning/ids.ts';
import type { NodeFact } from '../../../node/observations.ts';
import type { TapRecord } from '../taps.ts';

type Undecoded = Extract<TapRecord, { readonly kind: 'undecoded' }>;

/** What came instead of what was expected is left out: it may be part of a secret. */
export function undecoded(record: Undecoded, isKnown: (channelId: ChannelId) => boolean): NodeFact {
  const { what, raw } = record;
  const [why = ''] = record.why.split(', got ');
  const channelId = record.channelId ?? channelOfMessage(raw, isKnown);
  const named = channelId === undefined ? {} : { channelId };
  const data = { ...named, what, why, byteCount: raw.length / 2 };
  return { type: 'RecordUndecoded', data, secret: { raw } };
}

const CHANNEL_ID_DIGITS = 64;

/** Most messages about a channel begin with its id (BOLT 2): if these bytes do, it is no chance. */
function channelOfMessage(
  raw: string,
  isKnown: (channelId: ChannelId) => boolean,
): ChannelId | undefined {
  if (raw.length < CHANNEL_ID_DIGITS) return undefined;
  const channelId = ChannelId(raw.slice(0, CHANNEL_ID_DIGITS));
  return isKnown(channelId) ? channelId : undefined;
}
