/** BOLT 3, HTLC-Timeout and HTLC-Success Transactions: the second stage of an HTLC's output. */
import { msatToSatFloor } from './amounts.ts';
import { witnessScriptOutput } from './closing.ts';
import { hasAnchors, type PricedChannelType, secondStageFeeSat } from './commitment.ts';
import type { CommitmentKeys } from './commitment-keys.ts';
import type { HtlcOutput } from './commitment-transaction.ts';
import { outpointOf, type Txid } from './ids.ts';
import { toLocalScript } from './output-scripts.ts';
import type { SighashType, TransactionBody } from './transaction-bytes.ts';

export interface SecondStage {
  readonly commitmentTxid: Txid;
  readonly channelType: PricedChannelType;
  readonly feeratePerKw: number;
  readonly keys: CommitmentKeys;
  /** As in the commitment's `to_local`. */
  readonly delayBlocks: number;
}

/** Unsigned: a timeout where the owner offered the HTLC, otherwise a success. */
export function buildHtlcTransaction(stage: SecondStage, output: HtlcOutput): TransactionBody {
  const { commitmentTxid, channelType, feeratePerKw, keys, delayBlocks } = stage;
  const { htlc, outputIndex } = output;
  const script = toLocalScript(keys.revocationKey, delayBlocks, keys.delayedKey);
  const feeSat = secondStageFeeSat(htlc, feeratePerKw, channelType);
  return {
    version: 2,
    inputs: [
      {
        outpoint: outpointOf(commitmentTxid, outputIndex),
        scriptSig: new Uint8Array(0),
        sequence: hasAnchors(channelType) ? 1 : 0,
      },
    ],
    outputs: [
      { valueSat: msatToSatFloor(htlc.amountMsat) - feeSat, script: witnessScriptOutput(script) },
    ],
    locktime: htlc.isOfferedByOwner ? htlc.cltvExpiry : 0,
  };
}

/** How the other end signs it: with anchors its fee is added later by its owner. */
export function htlcSighash(channelType: PricedChannelType): SighashType {
  return hasAnchors(channelType) ? 'single-anyonecanpay' : 'all';
}
