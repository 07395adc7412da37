/** The state of the channel at the moment that is shown; every number leads to the event it comes from. */
import type { ComponentChildren } from 'preact';
import type { Channel } from '../api/json.ts';
import { atLeast, count, counted, msatAsSat, policy, sat, UNKNOWN } from '../format.ts';
import { seenInAddress } from '../moment.ts';
import { placed } from '../parts/placed.ts';
import { stateText } from '../parts/state.tsx';
import { hrefOf } from '../route.ts';
import { balanceTitle } from './over.ts';

interface StateProps {
  readonly channel: Channel;
}

interface Shown {
  readonly label: string;
  readonly value: string;
  /** The field of the row that it comes from; none where it is summed from what others told. */
  readonly field?: string;
}

export function StatePanel({ channel }: StateProps) {
  const asked = seenInAddress();
  const link = (field: string, value: string): ComponentChildren => (
    <a href={hrefOf(['channel', channel.nodeId, channel.channelId, field], asked)}>{value}</a>
  );
  const group = (title: string, shown: readonly (Shown | undefined)[]) => (
    <section>
      <h3>{title}</h3>
      <dl class="pairs">
        {shown.map(
          (one) =>
            one !== undefined && (
              <div key={one.label}>
                <dt>{one.label}</dt>
                <dd data-field={one.field}>
                  {one.field !== undefined && one.value !== UNKNOWN
                    ? link(one.field, one.value)
                    : one.value}
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
  return (
    <div class="state-panel">
      {group(balanceTitle(channel), balanceOf(channel))}
      {group('Commitments', commitmentsOf(channel))}
      {group('Fee policies', policiesOf(channel))}
      {group('In its life', totalsOf(channel))}
      {channel.close !== undefined && group('Close', closeOf(channel))}
    </div>
  );
}

const inSat = (msat: string | undefined) =>
  msat === undefined ? UNKNOWN : `${msatAsSat(msat)} sat`;
const wholeSat = (amount: string | undefined) =>
  amount === undefined ? UNKNOWN : `${sat(amount)} sat`;

function balanceOf(channel: Channel): readonly (Shown | undefined)[] {
  const { unexplainedMsat, localTerms, remoteTerms } = channel;
  const hasCommitment = channel.local !== undefined;
  const flight = (msat: string | undefined, side: 'offered' | 'received'): Shown => ({
    label: side === 'offered' ? 'in flight, out' : 'in flight, in',
    value: inSat(msat),
    ...(hasCommitment && msat !== undefined && msat !== '0' && { field: `local.${side}` }),
  });
  return [
    { label: 'state', value: stateText(channel), field: 'status' },
    { label: 'local', value: inSat(channel.localBalanceMsat), field: 'localBalanceMsat' },
    { label: 'remote', value: inSat(channel.remoteBalanceMsat), field: 'remoteBalanceMsat' },
    ...(channel.pendingHtlcCount === 0
      ? []
      : [
          flight(channel.pendingOfferedMsat, 'offered'),
          flight(channel.pendingReceivedMsat, 'received'),
        ]),
    unexplainedMsat === undefined || unexplainedMsat === '0'
      ? undefined
      : { label: 'unexplained', value: `±${inSat(unexplainedMsat)}`, field: 'unexplainedMsat' },
    { label: 'capacity', value: wholeSat(channel.capacitySat), field: 'capacitySat' },
    {
      label: 'we keep back',
      value: wholeSat(remoteTerms.channelReserveSat),
      field: 'remoteTerms.channelReserveSat',
    },
    {
      label: 'they keep back',
      value: wholeSat(localTerms.channelReserveSat),
      field: 'localTerms.channelReserveSat',
    },
    { label: 'known to the', value: channel.precision ?? UNKNOWN, field: 'precision' },
  ];
}

function commitmentsOf(channel: Channel): readonly Shown[] {
  const { local, remote, localRevoked, remoteRevoked } = channel;
  return [
    { label: 'ours', value: count(local?.number), field: 'local.number' },
    { label: 'theirs', value: count(remote?.number), field: 'remote.number' },
    { label: 'ours revoked to', value: count(localRevoked), field: 'localRevoked' },
    { label: 'theirs revoked to', value: count(remoteRevoked), field: 'remoteRevoked' },
    {
      label: 'feerate',
      value: local?.feeratePerKw === undefined ? UNKNOWN : `${count(local.feeratePerKw)} sat/kw`,
      field: 'local.feeratePerKw',
    },
  ];
}

function policiesOf({ localPolicy, remotePolicy }: Channel): readonly Shown[] {
  const both = [
    ['ours', localPolicy, 'localPolicy'],
    ['theirs', remotePolicy, 'remotePolicy'],
  ] as const;
  return both.flatMap(([whose, row, field]): Shown[] => [
    {
      label: whose,
      value: row === undefined ? UNKNOWN : `${policy(row)}`,
      field: `${field}.feeProportionalMillionths`,
    },
    {
      label: `${whose}, time lock`,
      value: row === undefined ? UNKNOWN : counted(row.cltvExpiryDeltaBlocks, 'block'),
      field: `${field}.cltvExpiryDeltaBlocks`,
    },
  ]);
}

function totalsOf({ totals, lifetime, ...channel }: Channel): readonly Shown[] {
  const { isForwardedAtLeast } = lifetime;
  const inHtlcs = (msat: string, isAtLeast: boolean, htlcs: number) =>
    `${atLeast(inSat(msat), isAtLeast)} in ${counted(htlcs, 'HTLC')}`;
  /** What a source counts by itself may be more than what is recorded: both are said. */
  const sum = (side: 'sent' | 'received'): Shown => {
    const isSent = side === 'sent';
    const [shown, isAtLeast] = isSent
      ? [lifetime.sentMsat, lifetime.isSentAtLeast]
      : [lifetime.receivedMsat, lifetime.isReceivedAtLeast];
    const [recorded, htlcs] = isSent
      ? [totals.sentMsat, totals.sentCount]
      : [totals.receivedMsat, totals.receivedCount];
    const value =
      shown === recorded
        ? inHtlcs(shown, isAtLeast, htlcs)
        : `${atLeast(inSat(shown), isAtLeast)} as the source counts, ${inHtlcs(recorded, false, htlcs)} recorded`;
    return { label: side, value, ...(htlcs > 0 && { field: `totals.${side}Msat` }) };
  };
  return [
    sum('sent'),
    sum('received'),
    {
      label: 'forwarded out',
      value: inHtlcs(lifetime.forwardedMsat, isForwardedAtLeast, lifetime.forwardedCount),
      ...(totals.forwardedCount > 0 && { field: 'totals.forwardedMsat' }),
    },
    {
      label: 'forwarded in',
      value: inHtlcs(
        channel.forwardedInMsat,
        totals.isAtLeast || channel.isForwardedInAtLeast === true,
        channel.forwardedInCount,
      ),
    },
    {
      label: 'fees earned',
      value: atLeast(inSat(lifetime.feesEarnedMsat), isForwardedAtLeast),
      ...(totals.feesEarnedMsat !== '0' && { field: 'totals.feesEarnedMsat' }),
    },
    {
      label: 'failed HTLCs',
      value: atLeast(count(totals.failedCount), totals.isAtLeast),
      ...(totals.failedCount > 0 && { field: 'totals.failedCount' }),
    },
  ];
}

function closeOf({ close }: Channel): readonly (Shown | undefined)[] {
  if (close === undefined) return [];
  return [
    { label: 'kind', value: close.kind ?? UNKNOWN, field: 'close.kind' },
    {
      label: 'by',
      value: close.initiator ?? close.startedBy ?? UNKNOWN,
      field: close.initiator === undefined ? 'close.startedBy' : 'close.initiator',
    },
    {
      label: 'closed',
      value: placed(close.closedAt, close.closedAtBounds),
      field: 'close.closedAt',
    },
    { label: 'at height', value: count(close.height), field: 'close.height' },
    {
      label: 'settled',
      value: wholeSat(close.settledBalanceSat),
      field: 'close.settledBalanceSat',
    },
    { label: 'fee', value: wholeSat(close.feeSat), field: 'close.feeSat' },
  ];
}
