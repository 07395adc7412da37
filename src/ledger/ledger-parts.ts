/** What a ledger is made of (open-ledger.ts), and what it keeps. */
import { channelProjection } from '../../projections/channel.ts';
import { gossipProjection } from '../../projections/gossip.ts';
import { nodeProjection } from '../../projections/node.ts';
import { peerProjection } from '../../projections/peer.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import type { LedgerRows } from './rows.ts';
import { viewOf } from './view.ts';

export interface LedgerParts {
  readonly path: string;
  readonly store: LocalStore;
  readonly keyring: Keyring;
  readonly rows: LedgerRows;
  /** Nanoseconds since 1970. */
  readonly nowNs: () => bigint;
  /** All peers in one lane: the order of events is that of the observations. */
  readonly isSingleLane: boolean;
}

/** The projections whose rows are kept. */
export const keptViews = [
  viewOf(channelProjection),
  viewOf(peerProjection),
  viewOf(nodeProjection),
  viewOf(gossipProjection),
];
