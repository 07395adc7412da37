/** The peer's fee policies: the signed channel_updates that the wallet kept (BOLT 7). */
import { hexToBytes } from '../../lightning/bytes.ts';
import { chainOfHash } from '../../lightning/chain-hash.ts';
import { type ChannelUpdate, parseChannelUpdate } from '../../lightning/gossip.ts';
import { verifyChannelUpdate } from '../../lightning/gossip-signatures.ts';
import type { NodeId } from '../../lightning/ids.ts';
import type { ChannelObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import type { ChannelTerms } from './channel-terms.ts';
import { channelTold, type Wallet } from './told.ts';
import { timeNsOfSecond } from './transactions.ts';

/** Undefined for bytes that are no channel_update. */
function updateOf(raw: string): ChannelUpdate | undefined {
  try {
    return parseChannelUpdate(hexToBytes(raw, 'remote_update'));
  } catch {
    return undefined;
  }
}

/** The chain that a peer's message names. */
export function chainOfUpdate(raw: string): string | undefined {
  const update = updateOf(raw);
  return update && chainOfHash(update.chainHash);
}

export function policyFacts(
  wallet: Wallet,
  terms: ChannelTerms,
  raws: Iterable<string>,
  /** The funding's block time: no policy is told to be older than its channel. */
  fundingNs: bigint,
  tally: Tally,
): ChannelObservation[] {
  const told: ChannelObservation[] = [];
  for (const raw of raws) {
    const place = `channel ${terms.channelId}, remote_update`;
    const update = updateOf(raw);
    const timeNs = update && timeNsOfSecond(update.timestamp);
    if (update === undefined || timeNs === undefined || terms.context.peerId === undefined) {
      tally.bad(place, 'it is no channel_update message');
      continue;
    }
    if (!isSignedBy(raw, terms.context.peerId)) {
      tally.wrong('channel_update signatures', place, 'the peer did not sign it');
      continue;
    }
    tally.checked('channel_update signatures', 'valid');
    // Its timestamp is the sender's choice: the data has it as it is.
    const sentNs = timeNs > wallet.nowNs ? wallet.nowNs : timeNs;
    const isOlder = sentNs <= fundingNs;
    const when = isOlder
      ? ({ happenedAtNs: fundingNs + 1n, timeBasis: 'interpolated' } as const)
      : ({ happenedAtNs: sentNs, timeBasis: 'source' } as const);
    told.push(channelTold(wallet, terms, when, 'remote_update', policyFact(update, raw)));
  }
  return told;
}

function isSignedBy(raw: string, peerId: NodeId): boolean {
  return verifyChannelUpdate(hexToBytes(raw, 'remote_update'), peerId);
}

function policyFact(update: ChannelUpdate, raw: string) {
  const { htlcMaximumMsat, isDisabled, timestamp } = update;
  return {
    type: 'FeePolicyChanged',
    data: {
      side: 'remote',
      feeBaseMsat: update.feeBaseMsat,
      feeProportionalMillionths: update.feeProportionalMillionths,
      cltvExpiryDeltaBlocks: update.cltvExpiryDelta,
      htlcMinimumMsat: update.htlcMinimumMsat,
      ...(htlcMaximumMsat !== undefined && { htlcMaximumMsat }),
      isDisabled,
      timestamp,
      raw,
    },
  } as const;
}
