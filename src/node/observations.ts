/** What a source may say about its node beyond the events' own fields. */
import type { Static } from 'typebox';
import {
  ChannelIdField,
  Count,
  Fields,
  HexUpTo,
  Maybe,
  OutsideText,
  WHOLE_RECORD_LENGTH,
} from '../schema/fields.ts';
import type { NodeDraft } from './events.ts';

/** A record that the source has and this release cannot read. It goes to quarantine, never lost. */
export const RecordUndecoded = Fields({
  /** Whose key seals it, and whose purge takes it with it; the node's where it is not known. */
  channelId: Maybe(ChannelIdField),
  /** Which record, in the source's words. */
  what: OutsideText,
  /** What was expected of it; nothing of what came, which may be part of a secret. */
  why: OutsideText,
  byteCount: Count,
});

/** Its bytes, of which a secret may be a part. */
export const UndecodedBytes = Fields({ raw: HexUpTo(WHOLE_RECORD_LENGTH / 2) });

export interface UndecodedFact {
  readonly type: 'RecordUndecoded';
  readonly data: Readonly<Static<typeof RecordUndecoded>>;
  readonly secret?: Readonly<Static<typeof UndecodedBytes>>;
}

/** What a node source says; quarantine events are the ledger's own. */
export type NodeFact =
  | Exclude<NodeDraft, { readonly type: 'ObservationQuarantined' | 'QuarantineReleased' }>
  | UndecodedFact;

/** The rule that a record breaks which cannot be read. */
export const RECORD_READABLE = 'record-readable';
