import type { RecordKind } from './records.ts';

/** The commands, as a person knows the records. */
export const COMMANDS: Readonly<Record<RecordKind, string>> = {
  openChannel: 'listchannels',
  closedChannel: 'closedchannels',
  pendingChannel: 'pendingchannels',
  payment: 'listpayments',
  invoice: 'listinvoices',
  forward: 'fwdinghistory',
  peer: 'listpeers',
  edge: 'describegraph',
  chainTransaction: 'listchaintxns',
};
