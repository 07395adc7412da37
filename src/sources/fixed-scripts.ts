/** The output scripts that are the same in every commitment of a channel (BOLT 3). */
import type { ChannelEventData } from '../channel/events.ts';
import type { ChannelContext } from '../channel/observations.ts';
import { bytesToHex, hexToBytes } from '../lightning/bytes.ts';
import {
  anchorScript,
  publicKeyHashOutput,
  toRemoteAnchoredScript,
  witnessScriptOutput,
} from '../lightning/closing.ts';

type OutputWhat = ChannelEventData<'ChannelClosed'>['outputs'][number]['what'];

export function hasAnchors({ channelType }: ChannelContext): boolean {
  return channelType === 'anchors' || channelType === 'anchors_zero_fee_htlc_tx';
}

/** By script in hex: anchors, and what pays a fixed key. Only what the channel's known keys give. */
export function fixedScripts(context: ChannelContext): ReadonlyMap<string, OutputWhat> {
  const scripts = new Map<string, OutputWhat>();
  const isAnchored = hasAnchors(context);
  for (const side of ['local', 'remote'] as const) {
    const { fundingPubkey, paymentBasepoint } = context[side] ?? {};
    if (isAnchored && fundingPubkey !== undefined) {
      const script = witnessScriptOutput(anchorScript(hexToBytes(fundingPubkey)));
      scripts.set(bytesToHex(script), `anchor-${side}`);
    }
    // Before static_remotekey this key was another one in each commitment.
    const isFixed = isAnchored || context.channelType === 'static_remotekey';
    if (!isFixed || paymentBasepoint === undefined) continue;
    const key = hexToBytes(paymentBasepoint);
    const script = isAnchored
      ? witnessScriptOutput(toRemoteAnchoredScript(key))
      : publicKeyHashOutput(key);
    scripts.set(bytesToHex(script), `to-${side}`);
  }
  return scripts;
}
