/** `channels`: the open-channel view. */
import type { Command } from 'commander';
import { accountKey } from '../ledger/accounting/account-key.ts';
import type { Query } from '../ledger/query.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { atLeast, balanceBar, count, msatAsSat, policy, sat } from './format.ts';
import type { Ledger } from './ledger-port.ts';
import { printRows } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Colour, Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

const BAR_CELLS = 12;

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .addHelpText('after', '\nExample: channel-ledger channels --at 2026-03-14T15:09:26Z')
    .action(async () => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: false });
        const rows = withRebalanceFees(ledger, query, ledger.channels(query));
        await printRows(cli, { ledger, query, options }, rows, channelTable, 'no open channel');
      });
    });
}

/** What rebalancing cost stands beside the totals: it is worked out of payments, not of the channel. */
export type WithRebalanceFees<View> = View & { readonly rebalanceFeesMsat?: bigint };

export function withRebalanceFees<View extends ChannelView>(
  ledger: Ledger,
  query: Query,
  rows: readonly View[],
): readonly WithRebalanceFees<View>[] {
  const fees = ledger.rebalanceFees(query);
  return rows.map((row) => ({ ...row, rebalanceFeesMsat: fees.get(accountKey(row)) ?? 0n }));
}

export function channelTable(
  channels: readonly WithRebalanceFees<ChannelView>[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<WithRebalanceFees<ChannelView>>[] = [
    { header: 'channel', rank: 0, cell: ({ channelId }) => names.channel(channelId) },
    ...nodeColumn<ChannelView>(names),
    { header: 'peer', rank: 0, cell: (row) => names.node(row.peerId, row.peerAlias) },
    { header: 'state', rank: 4, cell: (row) => row.status, colour: stateColour },
    { header: 'capacity sat', rank: 2, align: 'right', cell: (row) => sat(row.capacitySat) },
    amount('local sat', 0, (row) => row.localBalanceMsat),
    {
      header: 'balance',
      rank: 5,
      cell: (row) => balanceBar(row.localBalanceMsat, row.remoteBalanceMsat, BAR_CELLS, style),
    },
    amount('remote sat', 0, (row) => row.remoteBalanceMsat),
    { header: 'HTLCs', rank: 3, align: 'right', cell: (row) => count(row.pendingHtlcCount) },
    amount('in flight sat', 6, (row) =>
      row.pendingHtlcCount === 0 ? undefined : row.pendingOfferedMsat + row.pendingReceivedMsat,
    ),
    { header: 'our fee msat', rank: 7, align: 'right', cell: (row) => policy(row.localPolicy) },
    { header: 'their fee msat', rank: 8, align: 'right', cell: (row) => policy(row.remotePolicy) },
    { header: 'commitments', rank: 13, align: 'right', cell: commitmentNumbers },
    ...totalColumns<ChannelView>(style, 9),
    ...rebalanceColumn(channels, 12),
    {
      header: 'opened (UTC)',
      rank: 14,
      cell: (row) => placedTime(row.openedAt, row.openedAtBounds, style),
    },
    {
      header: 'last update (UTC)',
      rank: 15,
      cell: (row) => placedTime(row.lastEventAt, row.lastEventAtBounds, style),
    },
    { header: 'channel point', rank: 16, cell: (row) => names.channelPoint(row.channelId) },
  ];
  return tableLines(channels, columns, { style, width });
}

/** Whose channel it is, where more than one node is recorded. */
export function nodeColumn<Row extends { readonly nodeId: string }>(
  names: Names,
): readonly Column<Row>[] {
  if (!names.hasSeveralNodes) return [];
  return [{ header: 'node', rank: 0, cell: ({ nodeId }) => names.node(nodeId) }];
}

/** What went through in the channel's life, and what it earned. */
export function totalColumns<Row extends Pick<ChannelView, 'totals'>>(
  style: Style,
  firstRank: number,
): readonly Column<Row>[] {
  const total = (
    header: string,
    rank: number,
    msat: (totals: ChannelView['totals']) => bigint,
  ): Column<Row> => ({
    header,
    rank,
    align: 'decimal',
    cell: ({ totals }) => atLeast(msatAsSat(msat(totals)), totals.isAtLeast, style),
  });
  return [
    total('sent sat', firstRank + 1, (totals) => totals.sentMsat),
    total('received sat', firstRank + 2, (totals) => totals.receivedMsat),
    total('forwarded sat', firstRank + 3, (totals) => totals.forwardedMsat),
    total('earned sat', firstRank, (totals) => totals.feesEarnedMsat),
  ];
}

/** Most nodes never rebalance: the column is there where one did. */
export function rebalanceColumn<View extends ChannelView>(
  rows: readonly WithRebalanceFees<View>[],
  rank: number,
): readonly Column<WithRebalanceFees<View>>[] {
  if (rows.every(({ rebalanceFeesMsat = 0n }) => rebalanceFeesMsat === 0n)) return [];
  const cell = ({ rebalanceFeesMsat }: WithRebalanceFees<View>) => msatAsSat(rebalanceFeesMsat);
  return [{ header: 'rebalancing sat', rank, align: 'decimal', cell }];
}

export function commitmentNumbers({ local, remote }: Pick<ChannelView, 'local' | 'remote'>) {
  if (local === undefined && remote === undefined) return '';
  return `${local?.number ?? '?'}/${remote?.number ?? '?'}`;
}

function amount(
  header: string,
  rank: number,
  msat: (row: ChannelView) => bigint | undefined,
): Column<ChannelView> {
  return { header, rank, align: 'decimal', cell: (row) => msatAsSat(msat(row)) };
}

function stateColour({ status }: ChannelView): Colour | undefined {
  if (status === 'open') return 'green';
  return status === 'closing' ? 'red' : 'yellow';
}
