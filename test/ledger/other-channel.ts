/** The second channel of the story's node, over which it forwards, and the close by force that may end either. */
import type { ChannelFact } from '../../src/channel/observations.ts';
import { channelIdOfOutpoint, Outpoint } from '../../src/lightning/ids.ts';
import { closingTxid } from './story.ts';

export const otherOutpoint = Outpoint(`${'99'.repeat(32)}:0`);
export const otherId = channelIdOfOutpoint(otherOutpoint);

/** The peer broadcast a commitment, and it was seen at height 700. */
export function remoteClose(commitmentNumber?: number): ChannelFact {
  return {
    type: 'ChannelClosed',
    data: {
      closingTxid,
      height: 700,
      kind: 'remote-force',
      initiator: 'remote',
      outputs: [],
      ...(commitmentNumber !== undefined && { commitmentNumber }),
    },
  };
}
