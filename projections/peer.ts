/** A peer as one source tells it: connection, features, name, messages, refused channel opens. */
import type { Static } from 'typebox';
import type { NodeId } from '../src/lightning/ids.ts';
import type { PeerEvent } from '../src/peer/events.ts';
import { codecOf } from '../src/schema/codec.ts';
import {
  ChannelIdField,
  Count,
  Flag,
  HexUpTo,
  ListOf,
  Maybe,
  NodeIdField,
  OneOf,
  OutsideText,
  Sat,
  Time,
} from '../src/schema/fields.ts';
import { timeNsOf } from '../src/schema/time.ts';
import { TimeBounds } from '../src/schema/time-bounds.ts';
import { setBounds } from './placed-times.ts';
import type { Projection, ViewedEvent } from './projection.ts';
import { copied, Nanoseconds, RowFields } from './row-fields.ts';

export const PeerMessageRow = RowFields({
  kind: OneOf('error', 'warning', 'reestablish'),
  direction: OneOf('received', 'sent'),
  channelId: Maybe(ChannelIdField),
  text: OutsideText,
  at: Time,
});

export const RefusedOpenRow = RowFields({
  by: OneOf('local', 'remote'),
  rule: OutsideText,
  fundingSat: Maybe(Sat),
  minimumSat: Maybe(Sat),
  text: OutsideText,
  at: Time,
});

export const PeerRow = RowFields({
  nodeId: NodeIdField,
  peerId: NodeIdField,
  source: OutsideText,
  alias: Maybe(OutsideText),
  features: Maybe(HexUpTo(256)),
  address: Maybe(OutsideText),
  isConnected: Flag,
  isInbound: Maybe(Flag),
  /** Start of the connection that stands. */
  connectedSince: Maybe(Time),
  /** Sum of the connections that ended. */
  connectedNs: Nanoseconds,
  connectionCount: Count,
  firstSeenAt: Maybe(Time),
  /** The last sign of life: connected, heard from, or until then connected. */
  lastSeenAt: Maybe(Time),
  lastSeenAtBounds: Maybe(copied(TimeBounds)),
  /** The newest ones, oldest first. */
  messages: ListOf(PeerMessageRow),
  messageCount: Count,
  refusedOpenCount: Count,
  lastRefusedOpen: Maybe(RefusedOpenRow),
  lastEventAt: Maybe(Time),
  lastEventAtBounds: Maybe(copied(TimeBounds)),
  eventCount: Count,
});
export type PeerRow = Static<typeof PeerRow>;
export type PeerMessageRow = Static<typeof PeerMessageRow>;
export type RefusedOpenRow = Static<typeof RefusedOpenRow>;

const KEPT_MESSAGES = 8;

export const peerProjection: Projection<PeerRow, PeerEvent> = {
  name: 'peer',
  version: 3,
  category: 'peer',
  initial: ({ nodeId, subjectId, source }) => ({
    nodeId: nodeId as NodeId,
    peerId: subjectId as NodeId,
    source,
    isConnected: false,
    connectedNs: 0n,
    connectionCount: 0,
    messages: [],
    messageCount: 0,
    refusedOpenCount: 0,
    eventCount: 0,
  }),
  codec: codecOf('peer row', PeerRow),
  readsUpTo: { PeerRenamed: 'alias', PeerMessage: 'text' },
  on: {
    PeerConnected(row, event) {
      const { data, happenedAt } = event;
      // The end of the connection before was missed: it stood at least until the last sign of life.
      if (row.isConnected && row.lastSeenAt !== undefined) endConnection(row, row.lastSeenAt);
      beginConnection(row, happenedAt);
      row.isInbound = data.isInbound;
      if (data.features !== undefined) row.features = data.features;
      if (data.address !== undefined) row.address = data.address;
      seen(row, event);
    },
    PeerDisconnected(row, event) {
      if (!row.isConnected) return;
      endConnection(row, event.happenedAt);
      seen(row, event);
    },
    PeerFeaturesChanged(row, { data }) {
      row.features = data.features;
    },
    PeerRenamed(row, { data }) {
      row.alias = data.alias;
    },
    PeerMessage(row, event) {
      row.messages.push(messageRow(event));
      if (row.messages.length > KEPT_MESSAGES) row.messages.shift();
      row.messageCount += 1;
      if (event.data.direction !== 'received') return;
      // Who is heard is connected, though its connecting was missed.
      if (!row.isConnected) beginConnection(row, event.happenedAt);
      seen(row, event);
    },
    ChannelOpenRefused(row, event) {
      const { data, happenedAt } = event;
      const { by, rule, fundingSat, minimumSat, text } = data;
      row.refusedOpenCount += 1;
      row.lastRefusedOpen = {
        by,
        rule,
        ...(fundingSat !== undefined && { fundingSat }),
        ...(minimumSat !== undefined && { minimumSat }),
        text,
        at: happenedAt,
      };
      seen(row, event);
    },
  },
};

function seen(
  row: PeerRow,
  { happenedAt, timeBounds }: Pick<ViewedEvent, 'happenedAt' | 'timeBounds'>,
): void {
  if (row.firstSeenAt === undefined) row.firstSeenAt = happenedAt;
  row.lastSeenAt = happenedAt;
  setBounds(row, 'lastSeenAtBounds', timeBounds);
}

function beginConnection(row: PeerRow, at: string): void {
  row.isConnected = true;
  row.connectedSince = at;
  row.connectionCount += 1;
  if (row.isInbound !== undefined) delete row.isInbound;
}

function endConnection(row: PeerRow, until: string): void {
  if (row.connectedSince !== undefined && until > row.connectedSince) {
    row.connectedNs += timeNsOf(until) - timeNsOf(row.connectedSince);
  }
  row.isConnected = false;
  delete row.connectedSince;
}

type Message = Extract<PeerEvent, { readonly type: 'PeerMessage' }>['data'];

function messageRow({ data, happenedAt }: ViewedEvent<'PeerMessage', Message>): PeerMessageRow {
  const { kind, direction, channelId, text } = data;
  return {
    kind,
    direction,
    ...(channelId !== undefined && { channelId }),
    text,
    at: happenedAt,
  };
}
