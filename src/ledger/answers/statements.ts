/**
 * What rows say that can be held against each other: each statement with the thing it is about. Two
 * tellers contradict each other only where they speak of the same thing (the same commitment, the
 * same funding): one who is behind says nothing wrong.
 */
import type {
  ChannelRow,
  CommitmentRow,
  HtlcRow,
  PolicyRow,
} from '../../../projections/channel-row.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import { isWithin, SAT_PRECISION_MSAT } from './merge-balance.ts';
import { areApart, type Span, spanOfTime } from './merge-times.ts';

export interface Statement {
  /** What is stated, for people: `capacity`, `balance of local commitment 17`. */
  readonly what: string;
  /** Statements of equal `what` and `scope` are about the same thing. */
  readonly scope: string;
  readonly says: string;
  readonly at: string;
  /** Of a time that was placed between others. */
  readonly bounds?: TimeBounds | undefined;
  /** Where amounts are compared, one by one: within a satoshi unless both are exact. */
  /** Where times are compared: only those that were placed can be beyond what others tell. */
  readonly time?: Span;
  readonly amounts?: { readonly msat: readonly bigint[]; readonly isExact: boolean };
}

export function contradicts(a: Statement, b: Statement): boolean {
  if (a.time !== undefined && b.time !== undefined) return areApart(a.time, b.time);
  const [left, right] = [a.amounts, b.amounts];
  if (left === undefined || right === undefined) return a.says !== b.says;
  const toleranceMsat = left.isExact && right.isExact ? 0n : SAT_PRECISION_MSAT;
  return left.msat.some((msat, nth) => !isWithin(msat, right.msat[nth] ?? 0n, toleranceMsat));
}

type Told = Omit<ChannelRow, 'source' | 'htlcs'> & Partial<Pick<ChannelRow, 'htlcs'>>;

/** Everything a row (or a merged view) states that another record of the channel may contradict. */
export function statementsOf(row: Told): readonly Statement[] {
  return [
    ...identityStatements(row),
    ...commitmentStatements(row, 'local'),
    ...commitmentStatements(row, 'remote'),
    ...(row.htlcs ?? []).flatMap((htlc) => htlcStatements(row, htlc)),
    ...totalStatements(row),
    ...closeStatements(row),
    ...policyStatements('local fee policy', row.localPolicy),
    ...policyStatements('remote fee policy', row.remotePolicy),
  ];
}

/** The same channel as the other end must state it, if both records are right. */
export function mirrored(row: Told): Told {
  const { local, remote, localPolicy, remotePolicy, opener, nodeId, peerId, close } = row;
  const swapped: Told = { ...row, totals: mirroredTotals(row) };
  if (row.htlcs !== undefined) swapped.htlcs = row.htlcs.map(mirroredHtlc);
  for (const field of MIRRORED_FIELDS) delete swapped[field];
  if (peerId !== undefined) Object.assign(swapped, { nodeId: peerId, peerId: nodeId });
  if (opener !== undefined) swapped.opener = opener === 'local' ? 'remote' : 'local';
  if (remote !== undefined) swapped.local = mirroredCommitment(remote);
  if (local !== undefined) swapped.remote = mirroredCommitment(local);
  if (remotePolicy !== undefined) swapped.localPolicy = remotePolicy;
  if (localPolicy !== undefined) swapped.remotePolicy = localPolicy;
  if (close !== undefined) swapped.close = mirroredClose(close);
  return swapped;
}

const MIRRORED_FIELDS = ['local', 'remote', 'localPolicy', 'remotePolicy', 'opener'] as const;

function mirroredCommitment(commitment: CommitmentRow): CommitmentRow {
  return {
    ...commitment,
    localBalanceMsat: commitment.remoteBalanceMsat,
    remoteBalanceMsat: commitment.localBalanceMsat,
    offered: commitment.received,
    received: commitment.offered,
  };
}

function mirroredHtlc(htlc: HtlcRow): HtlcRow {
  return { ...htlc, direction: htlc.direction === 'offered' ? 'received' : 'offered' };
}

function mirroredTotals({ totals }: Told): Told['totals'] {
  const { sentMsat, sentCount, receivedMsat, receivedCount } = totals;
  return {
    ...totals,
    sentMsat: receivedMsat,
    sentCount: receivedCount,
    receivedMsat: sentMsat,
    receivedCount: sentCount,
  };
}

const MIRRORED_KINDS: Readonly<Record<string, 'local-force' | 'remote-force'>> = {
  'local-force': 'remote-force',
  'remote-force': 'local-force',
};

function mirroredClose(close: NonNullable<Told['close']>): NonNullable<Told['close']> {
  const kind = close.kind === undefined ? undefined : (MIRRORED_KINDS[close.kind] ?? close.kind);
  // Whose the rest of the capacity was is not told with it.
  const { finalLocalBalanceMsat: _ofOneEnd, ...rest } = close;
  return kind === undefined ? rest : { ...rest, kind };
}

function identityStatements(row: Told): readonly Statement[] {
  const { fundingOutpoint = '', openedAt, openedAtBounds, lastEventAt } = row;
  const at = openedAt ?? lastEventAt ?? '';
  const bounds = openedAt === undefined ? row.lastEventAtBounds : openedAtBounds;
  const type = row.channelType === 'unknown' ? undefined : row.channelType;
  return [
    ...stated('peer', '', row.peerId, at, bounds),
    ...stated('opener', '', row.opener, at, bounds),
    ...timeStated('time of the opening', '', openedAt, openedAtBounds),
    ...stated('channel type', '', type, at, bounds),
    ...stated('capacity', fundingOutpoint, satText(row.capacitySat), at, bounds),
    ...stated('short channel id', fundingOutpoint, row.shortChannelId, at, bounds),
    ...stated('height of the funding', fundingOutpoint, row.confirmedHeight, at, bounds),
  ];
}

function commitmentStatements(row: Told, side: 'local' | 'remote'): readonly Statement[] {
  const commitment = row[side];
  if (commitment === undefined) return [];
  const { number, localBalanceMsat, remoteBalanceMsat, precision, at } = commitment;
  const scope = row.fundingOutpoint ?? '';
  const name = `${side} commitment ${number}`;
  const isExact = precision === 'msat';
  const says =
    `local ${localBalanceMsat} msat, remote ${remoteBalanceMsat} msat` +
    (isExact ? '' : ' (to the satoshi)');
  return [
    {
      what: `balance of ${name}`,
      scope,
      says,
      at,
      amounts: { msat: [localBalanceMsat, remoteBalanceMsat], isExact },
    },
    { what: `HTLCs of ${name}`, scope, says: htlcText(commitment), at },
  ];
}

function htlcText({ offered, received }: CommitmentRow): string {
  const ids = (list: readonly number[]) => {
    return list.length === 0 ? 'none' : [...list].sort((a, b) => a - b).join(', ');
  };
  return `offered ${ids(offered)}; received ${ids(received)}`;
}

function htlcStatements(row: Told, htlc: HtlcRow): readonly Statement[] {
  const { direction, id, amountMsat, cltvExpiry, addedAt } = htlc;
  const at = addedAt ?? row.balanceAt ?? row.lastEventAt ?? '';
  const name = `${direction} HTLC ${id}`;
  const amounts = { msat: [amountMsat], isExact: row.precision === 'msat' };
  return [
    { what: `amount of ${name}`, scope: '', says: `${amountMsat} msat`, at, amounts },
    ...stated(`expiry of ${name}`, '', cltvExpiry, at),
  ];
}

/**
 * Sums are about the same payments where both commitments are the same, and nothing before them is
 * missing. What ends on chain is told by some who tell no balance, and later.
 */
function totalStatements(row: Told): readonly Statement[] {
  const { totals, local, remote, isAdopted, close, fundingOutpoint = '' } = row;
  if (local === undefined || remote === undefined || isAdopted || totals.isAtLeast) return [];
  if (close?.kind !== undefined && close.kind !== 'cooperative') return [];
  const { sentMsat, receivedMsat } = totals;
  return [
    {
      what: `totals up to commitments ${local.number}/${remote.number} (local/remote)`,
      scope: fundingOutpoint,
      says: `sent ${sentMsat} msat, received ${receivedMsat} msat`,
      at: local.at > remote.at ? local.at : remote.at,
    },
  ];
}

function closeStatements({ close }: Told): readonly Statement[] {
  if (close === undefined) return [];
  const { closingTxid, height, feeSat, finalLocalBalanceMsat: finalMsat } = close;
  const at = close.closedAt ?? close.startedAt ?? '';
  const bounds = close.closedAt === undefined ? close.startedAtBounds : close.closedAtBounds;
  const kind = close.kind === 'unknown' ? undefined : close.kind;
  const scope = closingTxid ?? '';
  return [
    ...stated('closing transaction', '', closingTxid, at, bounds),
    ...stated('kind of close', scope, kind, at, bounds),
    ...stated('height of the close', scope, height, at, bounds),
    ...timeStated('time of the close', scope, close.closedAt, close.closedAtBounds),
    ...stated('fee of the close', scope, satText(feeSat), at, bounds),
    // A channel has one last commitment, whether its closing transaction is told or not.
    ...stated(
      'final local balance',
      '',
      finalMsat === undefined ? undefined : `${finalMsat} msat`,
      at,
      bounds,
    ),
  ];
}

function policyStatements(what: string, policy: PolicyRow | undefined): readonly Statement[] {
  if (policy === undefined) return [];
  const { feeBaseMsat, feeProportionalMillionths, cltvExpiryDeltaBlocks, isDisabled } = policy;
  // The minimum and maximum are left out of some records, and inbound fees of most.
  const says =
    `base ${feeBaseMsat} msat, ${feeProportionalMillionths} ppm, ` +
    `delta ${cltvExpiryDeltaBlocks}${isDisabled ? ', disabled' : ''}`;
  return [{ what, scope: String(policy.timestamp), says, at: policy.at }];
}

function stated(
  what: string,
  scope: string,
  value: string | number | undefined,
  at: string,
  bounds?: TimeBounds,
): readonly Statement[] {
  return value === undefined ? [] : [{ what, scope, says: String(value), at, bounds }];
}

function timeStated(
  what: string,
  scope: string,
  at: string | undefined,
  bounds: TimeBounds | undefined,
): readonly Statement[] {
  if (at === undefined) return [];
  const { notBefore, notAfter } = bounds ?? {};
  const between = [
    notBefore === undefined ? '' : `not before ${notBefore}`,
    notAfter === undefined ? '' : `not after ${notAfter}`,
  ].filter((part) => part !== '');
  const says = bounds === undefined ? at : between.join(', ') || `about ${at}`;
  return [{ what, scope, says, at, bounds, time: spanOfTime(at, bounds) }];
}

function satText(sat: bigint | undefined): string | undefined {
  return sat === undefined ? undefined : `${sat} sat`;
}
