/** Whether an observation says again what an event says already. */
import type { ChannelFact, HtlcSeen } from '../channel/observations.ts';
import { MAY_BE_UNTOLD } from '../node/node.ts';
import type { Observation } from '../observation/observation.ts';
import type { Fact } from '../schema/aggregate.ts';
import { isSame } from '../schema/same.ts';

/** The event an observation mainly becomes. */
export function eventTypeOf(type: Observation['fact']['type']): string {
  if (type === 'CommitmentSeen') return 'CommitmentUpdated';
  return type === 'BalanceSeen' ? 'BalanceObserved' : type;
}

/** What an observation says of itself, beside what `decide` works out. */
const workedOut = new Set(['htlcs', 'removed', 'signatures', 'balances', 'isPointDerived']);

/** What another copy of the same statement may have otherwise, or not at all: `decide` ignores it too. */
const beside: Readonly<Record<string, ReadonlySet<string>>> = {
  PublicChannelAnnounced: new Set(['capacitySat', 'raw']),
  PublicFeePolicyChanged: new Set(['raw']),
  FundingConfirmed: new Set(['feeSat']),
};

/** True when everything the observation states is what the fact of the same name states. */
export function restates(
  { fact }: Observation,
  known: Fact,
  /** The HTLC as it was added, where the stream tells it so. */
  addedAs: (htlc: HtlcSeen) => Fact | undefined,
): boolean {
  const recorded = new Map<string, unknown>(Object.entries(known.data));
  const isStated = Object.entries(fact.data).every(([field, value]) => {
    const isBeside = workedOut.has(field) || beside[fact.type]?.has(field) === true;
    const isUntold = MAY_BE_UNTOLD.has(field) && !recorded.has(field);
    return isBeside || isUntold || value === undefined || isSame(value, recorded.get(field));
  });
  return (
    isStated &&
    holdsSameHtlcs(fact, recorded) &&
    hasSameBalances(fact, recorded) &&
    tellsSameHtlcs(fact, addedAs)
  );
}

/** What one of the two leaves out contradicts nothing. */
function tellsSameHtlcs(
  fact: Observation['fact'],
  addedAs: (htlc: HtlcSeen) => Fact | undefined,
): boolean {
  if (fact.type !== 'CommitmentSeen') return true;
  const { htlcs } = (fact as Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>).data;
  return htlcs.every((htlc) => {
    const added = new Map<string, unknown>(Object.entries(addedAs(htlc)?.data ?? {}));
    return (['amountMsat', 'cltvExpiry'] as const).every((field) => {
      const [told, before] = [htlc[field], added.get(field)];
      return told === undefined || before === undefined || told === before;
    });
  });
}

function hasSameBalances(
  fact: Observation['fact'],
  recorded: ReadonlyMap<string, unknown>,
): boolean {
  if (fact.type !== 'CommitmentSeen' || recorded.get('precision') !== 'msat') return true;
  const { balances } = (fact as Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>).data;
  return Object.entries(balances ?? {}).every(([field, msat]) => msat === recorded.get(field));
}

function holdsSameHtlcs(
  fact: Observation['fact'],
  recorded: ReadonlyMap<string, unknown>,
): boolean {
  if (fact.type !== 'CommitmentSeen') return true;
  const { htlcs } = (fact as Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>).data;
  return (['offered', 'received'] as const).every((direction) => {
    const ids = htlcs.filter((htlc) => htlc.direction === direction).map((htlc) => htlc.id);
    return isSame(
      ids.sort((a, b) => a - b),
      recorded.get(direction),
    );
  });
}
