/** What is said of a channel that is closed: its balance was its last, and ended with it. Pure. */
import type { Channel } from '../api/json.ts';

interface Ended extends Pick<Channel, 'status'> {
  readonly close?: { readonly closedAt?: string };
}

export const isOver = ({ status }: Pick<Channel, 'status'>) =>
  status === 'closed' || status === 'resolved';

/** When its balances ended: from then on outputs of the close say who has what. */
export function endOfBalances(channel: Ended): string | undefined {
  return isOver(channel) ? channel.close?.closedAt : undefined;
}

/** As `show` heads it. */
export function balanceTitle(channel: Pick<Channel, 'status'>): string {
  return isOver(channel) ? 'Last balance before the close' : 'Balance';
}
