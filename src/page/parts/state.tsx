/** The state of a channel as the command writes it. */
import type { Channel } from '../api/json.ts';

type Shown = Pick<Channel, 'status' | 'isOnlyPlaced'>;

/** With a sign where it may be the state of a later time. */
export function stateText({ status, isOnlyPlaced }: Shown): string {
  return isOnlyPlaced ? `${status} ±` : status;
}

/** `title` says what the sign is for. */
export function StateBadge({ of }: { readonly of: Shown }) {
  const why = 'The last fact was only placed between others: it may be of a later time than this';
  return (
    <span class="state" data-status={of.status} {...(of.isOnlyPlaced && { title: why })}>
      {stateText(of)}
    </span>
  );
}
