/** What a fact shows to be missing before it: the gaps that say so (DESIGN §2, principle 3). */
import type { ChannelDraft, ChannelEventData } from './events.ts';
import { standingFor } from './invariants-on-chain.ts';
import type { DirectFact } from './observations.ts';
import { activeFunding, type ChannelState, type CloseState, type HtlcState } from './state.ts';

type Gap = Extract<ChannelDraft, { readonly type: 'RecordingGap' }>;

/** What is missing before this fact, as the gap that says so. */
export function* gapsBefore(state: ChannelState, fact: DirectFact): Generator<Gap> {
  switch (fact.type) {
    case 'CommitmentRevoked': {
      const { side, number } = fact.data;
      const last = state.lastRevoked[side];
      const newest = activeFunding(state)?.[side]?.number;
      if (newest !== undefined && number >= newest && !state.isSuspended[side]) {
        const why = `${side} commitment ${number} was given up before its successor was seen`;
        const firstKnown = number + 2;
        const data = { what: 'commitments', side, lastKnown: newest, firstKnown, why } as const;
        yield { type: 'RecordingGap', data };
      }
      const expected = last === undefined ? (state.isAdopted ? number : 0) : last + 1;
      if (number > expected) {
        const why = `${side} revocations ${expected} to ${number - 1} were not seen`;
        const data = { what: 'revocations', side, firstKnown: number, why } as const;
        const lastKnown = last === undefined ? {} : { lastKnown: last };
        yield { type: 'RecordingGap', data: { ...data, ...lastKnown } };
      }
      return;
    }
    case 'HtlcAdded': {
      const { direction, id } = fact.data;
      const next = state.nextHtlcId[direction];
      if (next !== undefined && id > next) {
        const side = direction === 'offered' ? 'local' : 'remote';
        const why = `${direction} HTLCs ${next} to ${id - 1} were not seen`;
        const data = { what: 'htlcs', side, firstKnown: id, why } as const;
        yield { type: 'RecordingGap', data };
      }
      return;
    }
    case 'OutputResolved':
      yield* closeMissing(state, fact);
      return;
    case 'CloseUnconfirmed':
      if (standingFor(state, fact) === 'unseen') yield* closeMissing(state, fact);
      return;
    case 'ChannelFullyResolved':
      yield* closeMissing(state, fact);
      yield* endsMissing(state);
      return;
    default:
      return;
  }
}

/** The HTLC went, and nobody said how. */
export function fateUnknown({ id, direction }: HtlcState): Gap {
  const side = direction === 'offered' ? 'local' : 'remote';
  const why = `${direction} HTLC ${id} is gone, and whether it was paid is not known`;
  return { type: 'RecordingGap', data: { what: 'htlcs', side, lastKnown: id, why } };
}

function* closeMissing(state: ChannelState, { type }: DirectFact): Generator<Gap> {
  if (state.phase === 'closed' || state.isAdopted || state.isCloseMissing) return;
  const why = `${type} came before the closing transaction was seen`;
  yield { type: 'RecordingGap', data: { what: 'close', why } };
}

/** Nothing is left on chain: what was there to claim has ended, seen or not. */
function* endsMissing({ close, claims, htlcs }: ChannelState): Generator<Gap> {
  if (close === undefined) return;
  const claimed = new Set<string>(claims.map(({ outpoint }) => outpoint));
  const toClaim = close.outputs.filter(isToClaim).map(({ index }) => `${close.txid}:${index}`);
  const left = toClaim.filter((outpoint) => !claimed.has(outpoint));
  const leftBySecondStage = claims
    .filter(({ stage, sweepTxid }) => stage === 'first' && !claims.some(spends(sweepTxid)))
    .map(({ sweepTxid }) => `an output of ${sweepTxid}`);
  const unseen = [...left, ...leftBySecondStage];
  if (unseen.length > 0) {
    const why = `what became of ${unseen.join(', ')} was not seen`;
    yield { type: 'RecordingGap', data: { what: 'resolutions', why } };
  }
  yield* htlcs.filter((htlc) => htlc.outcome === undefined && isIn(close, htlc)).map(fateUnknown);
}

type Output = CloseState['outputs'][number];

/** The other end's balance is its own to claim, and what is not known by its script is nobody's. */
function isToClaim({ what }: Output): boolean {
  return what === 'to-local' || what.startsWith('htlc');
}

function spends(txid: string | undefined) {
  return ({ outpoint }: ChannelEventData<'OutputResolved'>) => outpoint.split(':')[0] === txid;
}

function isIn({ outputs }: CloseState, { direction, id }: HtlcState): boolean {
  return outputs.some(({ what, htlcId }) => htlcId === id && what === `htlc-${direction}`);
}
