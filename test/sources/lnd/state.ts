/** The real testnet state, as parts of it are changed, and what a ledger shows of it. */
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { realBytes } from './importing.ts';

export interface State {
  information: Record<string, unknown>;
  channels: {
    channel_point: string;
    local_balance: string;
    remote_balance: string;
    total_satoshis_sent: string;
    total_satoshis_received: string;
    chan_id: string;
    remote_pubkey: string;
    capacity: string;
  }[];
  closedChannels: unknown[];
  [field: string]: unknown;
}

export const newer = JSON.parse(
  Buffer.from(realBytes('lnd_testnet_state.json')).toString(),
) as State;
/**
 * Everything that is shown, without what tells the order of recording: how many events it took, and the
 * latest that a fact can have happened, which is when the copy was given that told it first.
 */
const ofRecording = new Set(['eventCount', 'notAfter']);
export function shownBy(ledger: Ledger): string {
  const answers = [
    ledger.channels(),
    ledger.closed(),
    ledger.problems(),
    ledger.forwards(),
    ledger.peers(),
  ];
  return JSON.stringify(answers, (name, value: unknown) =>
    ofRecording.has(name) ? undefined : typeof value === 'bigint' ? String(value) : value,
  );
}
