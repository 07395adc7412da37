/** What became of the outputs of a commitment on chain, told by the witnesses that spent them (BOLT 5). */
import type { ChannelEventData } from '../../channel/events.ts';
import { otherSide, type Side } from '../../channel/fields.ts';
import { type Outpoint, outpointOf, splitOutpoint } from '../../lightning/ids.ts';
import { classifyWitness, type WitnessClaim } from '../../lightning/scripts.ts';
import type { TransactionRecord } from './chain-records.ts';

export type Resolved = ChannelEventData<'OutputResolved'>;
type What = Resolved['what'];

/** An output that may be claimed. */
export interface OpenOutput {
  readonly outpoint: Outpoint;
  readonly what: What;
  readonly valueSat: bigint;
  readonly isSecondStage: boolean;
}

export interface Claim {
  readonly record: TransactionRecord;
  /** Without height and block: those are its transaction's. */
  readonly data: Omit<Resolved, 'height' | 'blockHash'>;
}

export interface Claims {
  readonly claims: readonly Claim[];
  /** No output that is, or may be, this node's to claim is left. */
  readonly isComplete: boolean;
}

export interface ClaimsAsked {
  /** The transaction of the files that spends the output, in the block that it is in. */
  readonly spendOf: (outpoint: Outpoint) => TransactionRecord | undefined;
  /** Whose commitment closed the channel; undefined where that is not known. */
  readonly owner: Side | undefined;
  readonly outputs: readonly OpenOutput[];
  /** What this source said before, by the output claimed: files may tell of one close one after the other. */
  readonly told: ReadonlyMap<Outpoint, Resolved>;
}

export function claimsOf({ spendOf, owner, outputs, told }: ClaimsAsked): Claims {
  const claims: Claim[] = [];
  const open = [...outputs];
  let isComplete = true;
  for (let output = open.shift(); output !== undefined; output = open.shift()) {
    const record = spendOf(output.outpoint);
    const claim = record && claimOf(record, owner, output);
    if (claim === undefined) {
      const before = told.get(output.outpoint);
      const next = before && secondStageTold(before);
      if (next !== undefined) open.push(next);
      const isClaimed = before?.sweepTxid !== undefined;
      const isEnd = before?.stage === 'last' || next !== undefined;
      isComplete &&= (isClaimed && isEnd) || !mayBeOurs(output.what);
      continue;
    }
    if (claim === 'theirs') continue;
    claims.push(claim);
    const next = secondStageOf(claim);
    if (next !== undefined) open.push(next);
  }
  return { claims, isComplete };
}

function mayBeOurs(what: What): boolean {
  return what !== 'to-remote' && !what.startsWith('anchor') && !what.startsWith('cooperative');
}

/** `theirs`: the peer took what was its own. Undefined where it cannot be told what happened. */
function claimOf(
  record: TransactionRecord,
  owner: Side | undefined,
  output: OpenOutput,
): Claim | 'theirs' | undefined {
  const { inputs } = record.transaction;
  const inputIndex = inputs.findIndex(({ outpoint }) => outpoint === output.outpoint);
  const witness = classifyWitness(inputs[inputIndex]?.witness ?? []);
  const what = whatOf(witness, owner, output);
  if (what === undefined) return undefined;
  if (what === 'to-remote' && !witness.kind.endsWith('revocation')) return 'theirs';
  if (what.startsWith('anchor')) return 'theirs';
  const outcome = outcomeOf(witness, what);
  const isFirst = witness.htlc?.isSecondStage === true && outcome !== 'lost';
  const hasNext = isFirst && record.transaction.outputs[inputIndex] !== undefined;
  return {
    record,
    data: {
      outpoint: output.outpoint,
      what,
      stage: isFirst ? 'first' : 'last',
      outcome,
      amountSat: output.valueSat,
      ...(outcome === 'lost' ? {} : shareOf(record, inputIndex, output, isFirst)),
      sweepTxid: record.txid,
      // BOLT 3: with anchors it signs for the output at its own index, whatever else it is batched with.
      ...(hasNext && { nextOutpoint: outpointOf(record.txid, inputIndex) }),
    },
  };
}

/** By its witness; where that is any wallet's, by what is known of it. */
function whatOf(
  { kind, htlc }: WitnessClaim,
  owner: Side | undefined,
  { what, isSecondStage }: OpenOutput,
): What | undefined {
  if (isSecondStage) return what;
  if (htlc !== undefined && owner !== undefined) {
    const isOffered = htlc.isOfferedByOwner === (owner === 'local');
    return isOffered ? 'htlc-offered' : 'htlc-received';
  }
  if (kind.startsWith('to_local') && owner !== undefined) return `to-${owner}`;
  if (kind === 'to_remote' && owner !== undefined) return `to-${otherSide(owner)}`;
  if (kind === 'anchor') return what.startsWith('anchor') ? what : undefined;
  return what === 'unknown' ? undefined : what;
}

function outcomeOf({ kind }: WitnessClaim, what: What): Resolved['outcome'] {
  switch (kind) {
    case 'to_local revocation':
    case 'htlc revocation':
      return 'punished';
    case 'htlc success':
      return what === 'htlc-received' ? 'claimed' : 'lost';
    case 'htlc timeout':
      return what === 'htlc-offered' ? 'timed-out' : 'lost';
    default:
      return 'claimed';
  }
}

/** A claim of several outputs at once has one fee; what share of it is whose is not known. */
function shareOf(
  { transaction, feeSat }: TransactionRecord,
  inputIndex: number,
  { valueSat }: OpenOutput,
  isFirst: boolean,
): Partial<Resolved> {
  const { inputs, outputs } = transaction;
  const isAlone = inputs.length === 1 && outputs.length === 1;
  const sweptSat = outputs[inputIndex]?.valueSat;
  // A second stage signs for one input and one output.
  if (sweptSat === undefined || sweptSat > valueSat || (!isAlone && !isFirst)) return {};
  // With anchors nothing of it goes to the fee: another input pays that, and how much for whom is not told.
  if (sweptSat === valueSat && !isAlone) return { sweptSat };
  const isTold = isAlone && feeSat === valueSat - sweptSat;
  return { sweptSat, feeSat: valueSat - sweptSat, ...(!isTold && { isFeeDerived: true }) };
}

/** The same of a first stage that was told before. */
function secondStageTold({
  stage,
  what,
  sweptSat,
  nextOutpoint,
}: Resolved): OpenOutput | undefined {
  if (stage !== 'first' || nextOutpoint === undefined || sweptSat === undefined) return undefined;
  return { outpoint: nextOutpoint, what, valueSat: sweptSat, isSecondStage: true };
}

/** What the first stage pays to waits for its delay, and is claimed again. */
function secondStageOf({ record, data }: Claim): OpenOutput | undefined {
  const { stage, what, nextOutpoint } = data;
  if (stage !== 'first' || nextOutpoint === undefined) return undefined;
  const valueSat = record.transaction.outputs[splitOutpoint(nextOutpoint).vout]?.valueSat;
  if (valueSat === undefined) return undefined;
  return { outpoint: nextOutpoint, what, valueSat, isSecondStage: true };
}
