/** What comes of checking a gossip message, as it is told and counted: together, so that neither is without the other. */
import type { Checked } from '../tally.ts';

const ANNOUNCEMENTS = 'channel_announcement signatures';
const UPDATES = 'channel_update signatures';
const NODES = 'node_announcement signatures';

export interface Checking {
  readonly outcomes: readonly (readonly [what: string, outcome: Checked, count: number])[];
  /** The name of the signature that is not its key's. */
  readonly badSignature?: string;
  /** Why the record itself is bad. */
  readonly badRecord?: readonly [place: string, reason: string];
}

/** Of an announcement's four signatures, those that are not their keys'. */
export function announcementChecking(bad: readonly string[]): Checking {
  const valid = [ANNOUNCEMENTS, 'valid', 4 - bad.length] as const;
  if (bad.length === 0) return { outcomes: [valid] };
  return {
    outcomes: [valid, [ANNOUNCEMENTS, 'bad', bad.length]],
    badSignature: `not its key's: ${bad.join(', ')}`,
  };
}

export function updateChecking(isValid: boolean, signer: string): Checking {
  if (isValid) return { outcomes: [[UPDATES, 'valid', 1]] };
  return { outcomes: [[UPDATES, 'bad', 1]], badSignature: `not signed by ${signer}` };
}

/** Nobody knows whose channel it is. */
export const updateNotCheckable: Checking = { outcomes: [[UPDATES, 'not checkable', 1]] };

export function nodeChecking(isValid: boolean, place: string): Checking {
  if (isValid) return { outcomes: [[NODES, 'valid', 1]] };
  const badRecord = [place, 'the node_announcement is not signed by its node'] as const;
  return { outcomes: [[NODES, 'bad', 1]], badRecord };
}
