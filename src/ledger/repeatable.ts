/** Facts that may stand in a stream more than once, under one id. */
import type { ChannelEvent } from '../channel/events.ts';
import type { NodeEvent } from '../node/events.ts';

/**
 * A block that comes back after a reorganisation confirms the same again, under the same id. Whether
 * what was said before is undone by then is judged by the rules of the channel's state.
 */
export const mayRepeat: ReadonlySet<string> = new Set<ChannelEvent['type']>([
  // Of an older copy that is imported later: what it tells comes before the first adoption.
  'ChannelAdopted',
  'FundingConfirmed',
  'FundingUnconfirmed',
  'FundingCandidateAdded',
  'FundingCandidateDropped',
  'ChannelClosed',
  'CloseUnconfirmed',
  'OutputResolved',
  'OutputUnconfirmed',
  'ChannelFullyResolved',
]);

/** Facts of a node that come back: a block after a reorganisation, an observation into quarantine. */
export const mayReturn: ReadonlySet<string> = new Set<NodeEvent['type']>([
  'BestBlockChanged',
  'ObservationQuarantined',
  'QuarantineReleased',
]);
