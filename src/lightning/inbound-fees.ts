/** lnd's inbound fees, an odd TLV of a channel_update (bLIP 18). */
import type { ChannelUpdate } from './gossip.ts';

const INBOUND_FEE_TYPE = 55_555n;

export interface InboundFees {
  /** Of either sign: usually a discount. */
  readonly baseMsat: bigint;
  readonly proportionalMillionths: number;
}

/** Undefined where the update says nothing about them, or says it in another form. */
export function inboundFeesOf(update: ChannelUpdate): InboundFees | undefined {
  const value = update.tail.tlvs?.find(({ type }) => type === INBOUND_FEE_TYPE)?.value;
  if (value === undefined || value.length !== 8) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return { baseMsat: BigInt(view.getInt32(0)), proportionalMillionths: view.getInt32(4) };
}
