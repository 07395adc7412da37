/** What every service of one gateway works with. */
import type { Metadata } from '@grpc/grpc-js';
import type { LocalStore } from '../store/event-store.ts';
import type { Appender } from './appender.ts';
import type { Groups } from './groups/groups.ts';
import type { ToWire } from './recorded-event.ts';

export interface GatewayContext {
  readonly store: LocalStore;
  readonly toWire: ToWire;
  /** Undefined where nothing may be written. */
  readonly appender: Appender | undefined;
  readonly groups: Groups;
  /** Throws a Failure unless the caller may be answered. */
  readonly authorize: (metadata: Metadata) => void;
}
