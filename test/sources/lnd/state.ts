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

/** Everything that is shown, but for fields of these names. */
export function shownBy(ledger: Ledger, leftOut: readonly string[] = []): string {
  const answers = [
    ledger.channels(),
    ledger.closed(),
    ledger.problems(),
    ledger.forwards(),
    ledger.peers(),
  ];
  return JSON.stringify(answers, (name, value: unknown) =>
    leftOut.includes(name) ? undefined : typeof value === 'bigint' ? String(value) : value,
  );
}
