/** `peers`: each peer with its channels, totals and presence. */
import type { Command } from 'commander';
import type { PeerView } from '../ledger/view-types.ts';
import { lifetimeColumns, nodeColumn } from './channels.ts';
import type { Cli } from './cli.ts';
import { atLeast, count, msatAsSat, percent, sat, shortNodeId, time } from './format.ts';
import { printRows } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command.addHelpText('after', '\nExample: channel-ledger peers --node alice').action(async () => {
    const options = optionsOf(command);
    await withLedger(cli, options, 'read', async (ledger) => {
      const query = queryOf(options, ledger, { isOneChannel: false });
      const rows = ledger.peers(query);
      await printRows(cli, { ledger, query, options }, rows, peerTable, 'no peer');
    });
  });
}

export function peerTable(
  peers: readonly PeerView[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<PeerView>[] = [
    ...nodeColumn<PeerView>(names),
    { header: 'peer', rank: 0, cell: (row) => names.node(row.peerId, row.alias) },
    {
      header: 'now',
      rank: 1,
      cell: (row) => presence(row, style),
      colour: (row) => (row.isConnected === true ? 'green' : 'yellow'),
    },
    number('open', 0, (row) => row.openChannelCount),
    number('closed', 0, (row) => row.closedChannelCount),
    {
      header: 'capacity sat',
      rank: 2,
      align: 'right',
      cell: (row) => atLeast(sat(row.capacitySat), row.isCapacityAtLeast, style),
    },
    balance('local sat', style, (row) => row.localBalanceMsat),
    balance('remote sat', style, (row) => row.remoteBalanceMsat),
    ...lifetimeColumns<PeerView>((row) => row, style, [8, 8, 9, 4]),
    {
      header: 'connected share',
      rank: 5,
      align: 'right',
      cell: (row) => percent(row.connectedPpm),
    },
    number('connections', 10, (row) => row.connectionCount),
    number('refused opens', 6, (row) => row.refusedOpenCount),
    { header: 'last seen (UTC)', rank: 7, cell: (row) => lastSeen(row, style) },
    { header: 'first seen (UTC)', rank: 11, cell: (row) => time(row.firstSeenAt) },
    { header: 'node id', rank: 12, cell: (row) => shortNodeId(row.peerId) },
    { header: 'features', rank: 13, cell: (row) => row.features ?? '' },
  ];
  return tableLines(peers, columns, { style, width });
}

/** What nobody saw is not said: where nobody watches, until when it is known. */
export function presence(
  { isConnected, wasConnected, connectionKnownAt, connectionKnownAtBounds }: PeerView,
  style: Style,
): string {
  if (isConnected !== undefined) return isConnected ? 'connected' : 'away';
  if (wasConnected === undefined) return '?';
  const when = placedTime(connectionKnownAt, connectionKnownAtBounds, style);
  return `${wasConnected ? 'connected' : 'away'} as of ${when}`;
}

/** Of a connected peer the last event may be old: it is there all the same. */
export function lastSeen(
  { isConnected, lastSeenAt, lastSeenAtBounds }: PeerView,
  style: Style,
): string {
  return isConnected ? 'still connected' : placedTime(lastSeenAt, lastSeenAtBounds, style);
}

/** Of the open channels, as far as their balances are known. */
function balance(
  header: string,
  style: Style,
  msat: (row: PeerView) => bigint | undefined,
): Column<PeerView> {
  const cell = (row: PeerView) => atLeast(msatAsSat(msat(row)), row.isBalanceAtLeast, style);
  return { header, rank: 3, align: 'decimal', cell };
}

function number(header: string, rank: number, of: (row: PeerView) => number): Column<PeerView> {
  return { header, rank, align: 'right', cell: (row) => count(of(row)) };
}
