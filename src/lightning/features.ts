/** BOLT 9 feature bits, and the channel type that BOLT 2 builds from them. */
import type { ChannelType } from './commitment.ts';

const STATIC_REMOTEKEY = 12;
const ANCHOR_OUTPUTS = 20;
const ANCHORS_ZERO_FEE_HTLC_TX = 22;
/** Simple taproot channels, as merged and as lnd's experimental form. */
const TAPROOT = [80, 180];
/** They ride along in a channel type and do not change the commitment transaction. */
const SCID_ALIAS = 46;
const ZERO_CONF = 50;

/** The bits set in a feature field, rising. Bit 0 is the lowest of the last byte. */
export function featureBits(features: Uint8Array): readonly number[] {
  const bits: number[] = [];
  for (let i = features.length - 1; i >= 0; i--) {
    const byte = features[i] ?? 0;
    for (let bit = 0; bit < 8; bit++) {
      if ((byte & (1 << bit)) !== 0) bits.push((features.length - 1 - i) * 8 + bit);
    }
  }
  return bits;
}

/**
 * BOLT 2, Defined Channel Types. A feature may be set as required (even) or optional (odd); a bit
 * that is none of these may change the commitment, so the type is then `unknown`.
 */
export function channelTypeOf(features: Uint8Array): ChannelType {
  const set = new Set(featureBits(features).map((bit) => bit & ~1));
  set.delete(SCID_ALIAS);
  set.delete(ZERO_CONF);
  const has = (bit: number) => set.delete(bit);
  const isTaproot = TAPROOT.map(has).includes(true);
  const isZeroFee = has(ANCHORS_ZERO_FEE_HTLC_TX);
  const isAnchored = has(ANCHOR_OUTPUTS);
  const isStatic = has(STATIC_REMOTEKEY);
  if (set.size > 0) return 'unknown';
  if (isTaproot) return 'taproot';
  if (isZeroFee) return 'anchors_zero_fee_htlc_tx';
  if (isAnchored) return 'anchors';
  return isStatic ? 'static_remotekey' : 'legacy';
}
