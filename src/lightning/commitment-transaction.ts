/** BOLT 3, Commitment Transaction Construction: the transaction itself, to the byte. */
import { msatToSatFloor } from './amounts.ts';
import { bytesToBigint, compareBytes, concatBytes } from './bytes.ts';
import {
  anchorScript,
  publicKeyHashOutput,
  toRemoteAnchoredScript,
  witnessScriptOutput,
} from './closing.ts';
import {
  ANCHOR_SAT,
  type CommitmentHtlc,
  type CommitmentOutputs,
  commitmentOutputsStatedSat,
  hasAnchors,
  type PricedChannelType,
} from './commitment.ts';
import type { CommitmentKeys } from './commitment-keys.ts';
import { sha256 } from './hashes.ts';
import type { Outpoint } from './ids.ts';
import { offeredHtlcScript, receivedHtlcScript, toLocalScript } from './output-scripts.ts';
import type { TransactionBody } from './transaction-bytes.ts';

/** An HTLC as its script needs it. */
export interface FullHtlc extends CommitmentHtlc {
  readonly paymentHash: Uint8Array;
  readonly cltvExpiry: number;
}

export interface CommitmentDescription {
  readonly channelType: PricedChannelType;
  readonly fundingOutpoint: Outpoint;
  readonly number: number;
  readonly keys: CommitmentKeys;
  /** The opener's and the accepter's payment base points, which hide the number. */
  readonly paymentBasepoints: { readonly opener: Uint8Array; readonly accepter: Uint8Array };
  readonly opener: 'owner' | 'other';
  /** Gross: neither fee nor anchors taken out, HTLCs not in it. */
  readonly ownerGrossMsat: bigint;
  readonly otherGrossMsat: bigint;
  /** Taken for the two outputs instead of what the gross balances give. */
  readonly stated?: Pick<CommitmentOutputs<FullHtlc>, 'toOwnerSat' | 'toOtherSat'>;
  readonly htlcs: readonly FullHtlc[];
  readonly feeratePerKw: number;
  /** The owner's. */
  readonly dustLimitSat: bigint;
  /** What the other end demands, `to_self_delay`. */
  readonly delayBlocks: number;
}

/** An HTLC's output and the script that a second stage has to satisfy. */
export interface HtlcOutput {
  readonly htlc: FullHtlc;
  readonly outputIndex: number;
  readonly script: Uint8Array;
}

export interface BuiltCommitment {
  readonly body: TransactionBody;
  /** In the order of the outputs, as `commitment_signed` has their signatures (BOLT 2). */
  readonly htlcOutputs: readonly HtlcOutput[];
}

interface PlannedOutput {
  readonly valueSat: bigint;
  readonly script: Uint8Array;
  readonly cltvExpiry: number;
  readonly held?: { readonly htlc: FullHtlc; readonly script: Uint8Array };
}

const SEQUENCE_MARK = 0x80000000;
const LOCKTIME_MARK = 0x20000000;

/** Unsigned. Throws where the number has more than 48 bits. */
export function buildCommitment(description: CommitmentDescription): BuiltCommitment {
  const { fundingOutpoint } = description;
  const outputs = plannedOutputs(description).sort(bip69);
  const obscured = obscuredNumber(description);
  const upper = Number(obscured >> 24n);
  const lower = Number(obscured & 0xffffffn);
  return {
    body: {
      version: 2,
      inputs: [
        {
          outpoint: fundingOutpoint,
          scriptSig: new Uint8Array(0),
          sequence: SEQUENCE_MARK + upper,
        },
      ],
      outputs: outputs.map(({ valueSat, script }) => ({ valueSat, script })),
      locktime: LOCKTIME_MARK + lower,
    },
    htlcOutputs: outputs.flatMap(({ held }, outputIndex) =>
      held === undefined ? [] : [{ ...held, outputIndex }],
    ),
  };
}

/** BOLT 3, Commitment Transaction Outputs. */
function plannedOutputs(description: CommitmentDescription): PlannedOutput[] {
  const { channelType, keys, delayBlocks } = description;
  const worked = commitmentOutputsStatedSat(description);
  const { toOwnerSat, toOtherSat, untrimmed } = { ...worked, ...description.stated };
  const isAnchored = hasAnchors(channelType);
  const planned = untrimmed.map((htlc) => htlcOutput(htlc, keys, isAnchored));
  const add = (valueSat: bigint, script: Uint8Array) => {
    planned.push({ valueSat, script, cltvExpiry: 0 });
  };
  if (toOwnerSat > 0n) {
    const script = toLocalScript(keys.revocationKey, delayBlocks, keys.delayedKey);
    add(toOwnerSat, witnessScriptOutput(script));
  }
  if (toOtherSat > 0n) {
    const key = keys.otherPaymentKey;
    add(
      toOtherSat,
      isAnchored ? witnessScriptOutput(toRemoteAnchoredScript(key)) : publicKeyHashOutput(key),
    );
  }
  if (isAnchored) {
    const hasHtlcs = untrimmed.length > 0;
    const anchor = (key: Uint8Array) => add(ANCHOR_SAT, witnessScriptOutput(anchorScript(key)));
    if (toOwnerSat > 0n || hasHtlcs) anchor(keys.ownerFundingKey);
    if (toOtherSat > 0n || hasHtlcs) anchor(keys.otherFundingKey);
  }
  return planned;
}

function htlcOutput(htlc: FullHtlc, keys: CommitmentKeys, isAnchored: boolean): PlannedOutput {
  const { paymentHash, cltvExpiry, amountMsat, isOfferedByOwner } = htlc;
  const scriptKeys = { ...keys, hasAnchors: isAnchored };
  const script = isOfferedByOwner
    ? offeredHtlcScript(scriptKeys, paymentHash)
    : receivedHtlcScript(scriptKeys, paymentHash, cltvExpiry);
  return {
    valueSat: msatToSatFloor(amountMsat),
    script: witnessScriptOutput(script),
    cltvExpiry,
    held: { htlc, script },
  };
}

/** BIP 69 by value and script; equal HTLCs by their expiry (BOLT 3, Transaction Output Ordering). */
function bip69(a: PlannedOutput, b: PlannedOutput): number {
  if (a.valueSat !== b.valueSat) return a.valueSat < b.valueSat ? -1 : 1;
  return compareBytes(a.script, b.script) || a.cltvExpiry - b.cltvExpiry;
}

function obscuredNumber({ number, paymentBasepoints }: CommitmentDescription): bigint {
  const { opener, accepter } = paymentBasepoints;
  const wide = BigInt(number);
  if (wide < 0n || wide >= 1n << 48n) {
    throw new Error(`"commitment number" expected 48 bits, got ${number}`);
  }
  return wide ^ bytesToBigint(sha256(concatBytes(opener, accepter)).subarray(26));
}
