/**
 * What rows say that can be held against each other: each statement with the thing it is about. Two
 * tellers contradict each other only where they speak of the same thing (the same commitment, the
 * same funding): one who is behind says nothing wrong.
 */
import type { ChannelRow, CommitmentRow, PolicyRow } from '../../../projections/channel-row.ts';
import { isWithin, SAT_PRECISION_MSAT } from './merge-balance.ts';

export interface Statement {
  /** What is stated, for people: `capacity`, `balance of local commitment 17`. */
  readonly what: string;
  /** Statements of equal `what` and `scope` are about the same thing. */
  readonly scope: string;
  readonly says: string;
  readonly at: string;
  /** Where a balance is compared: within a satoshi unless both are exact. */
  readonly balance?: {
    readonly localBalanceMsat: bigint;
    readonly remoteBalanceMsat: bigint;
    readonly isExact: boolean;
  };
}

export function contradicts(a: Statement, b: Statement): boolean {
  if (a.balance === undefined || b.balance === undefined) return a.says !== b.says;
  const toleranceMsat = a.balance.isExact && b.balance.isExact ? 0n : SAT_PRECISION_MSAT;
  return !(
    isWithin(a.balance.localBalanceMsat, b.balance.localBalanceMsat, toleranceMsat) &&
    isWithin(a.balance.remoteBalanceMsat, b.balance.remoteBalanceMsat, toleranceMsat)
  );
}

type Told = Omit<ChannelRow, 'source'>;

/** Everything a row (or a merged view) states that another record of the channel may contradict. */
export function statementsOf(row: Told): readonly Statement[] {
  return [
    ...identityStatements(row),
    ...commitmentStatements(row, 'local'),
    ...commitmentStatements(row, 'remote'),
    ...closeStatements(row),
    ...policyStatements('local fee policy', row.localPolicy),
    ...policyStatements('remote fee policy', row.remotePolicy),
  ];
}

/** The same channel as the other end must state it, if both records are right. */
export function mirrored(row: Told): Told {
  const { local, remote, localPolicy, remotePolicy, opener, nodeId, peerId, close } = row;
  const swapped: Told = { ...row };
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

const MIRRORED_KINDS: Readonly<Record<string, 'local-force' | 'remote-force'>> = {
  'local-force': 'remote-force',
  'remote-force': 'local-force',
};

function mirroredClose(close: NonNullable<Told['close']>): NonNullable<Told['close']> {
  const kind = close.kind === undefined ? undefined : (MIRRORED_KINDS[close.kind] ?? close.kind);
  return kind === undefined ? close : { ...close, kind };
}

function identityStatements(row: Told): readonly Statement[] {
  const { fundingOutpoint = '', openedAt, lastEventAt } = row;
  const at = openedAt ?? lastEventAt ?? '';
  const type = row.channelType === 'unknown' ? undefined : row.channelType;
  return [
    ...stated('peer', '', row.peerId, at),
    ...stated('opener', '', row.opener, at),
    ...stated('channel type', '', type, at),
    ...stated('capacity', fundingOutpoint, satText(row.capacitySat), at),
    ...stated('short channel id', fundingOutpoint, row.shortChannelId, at),
    ...stated('height of the funding', fundingOutpoint, row.confirmedHeight, at),
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
      balance: { localBalanceMsat, remoteBalanceMsat, isExact },
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

function closeStatements({ close }: Told): readonly Statement[] {
  if (close === undefined) return [];
  const { closingTxid, height, feeSat } = close;
  const at = close.closedAt ?? close.startedAt ?? '';
  const kind = close.kind === 'unknown' ? undefined : close.kind;
  const scope = closingTxid ?? '';
  return [
    ...stated('closing transaction', '', closingTxid, at),
    ...stated('kind of close', scope, kind, at),
    ...stated('height of the close', scope, height, at),
    ...stated('fee of the close', scope, satText(feeSat), at),
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
): readonly Statement[] {
  return value === undefined ? [] : [{ what, scope, says: String(value), at }];
}

function satText(sat: bigint | undefined): string | undefined {
  return sat === undefined ? undefined : `${sat} sat`;
}
