/** `show CHANNEL`: everything the ledger knows of one channel, and its balance drawn over time. */
import type { Command } from 'commander';
import type { Query } from '../ledger/query.ts';
import type {
  BalancePoint,
  ChannelView,
  FeeChangeView,
  ForwardView,
  PeerView,
} from '../ledger/view-types.ts';
import { timeNsOf } from '../schema/time.ts';
import { balanceChart } from './chart.ts';
import type { Cli } from './cli.ts';
import { jsonDocument } from './json.ts';
import type { Ledger } from './ledger-port.ts';
import { type Names, namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { channelSections } from './show-sections.ts';
import type { Style } from './style.ts';
import { wrapped } from './terminal-text.ts';

export const CHANNEL_ARGUMENT =
  'channel point, short channel id, channel id, or the beginning of one';

/** All that `show` prints, asked for at one moment. */
export interface ChannelAccount {
  readonly channel: ChannelView;
  readonly peer: PeerView | undefined;
  readonly feeChanges: readonly FeeChangeView[];
  readonly forwards: readonly ForwardView[];
  readonly balances: readonly BalancePoint[];
}

/** Where nothing says how wide the output is. */
const CHART_WIDTH = 80;
const INDENT = '  ';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .addHelpText('after', '\nExample: channel-ledger show 103x1x0 --at commitment:local:17')
    .action(async (name: string) => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const account = channelAccount(ledger, name, query);
        if (options.json) return cli.out.line(jsonDocument(account));
        const { style, columns } = cli.out;
        const names = namesIn(ledger, query, style);
        const width = options.wide ? undefined : columns;
        for (const line of accountLines(account, names, style, width)) {
          cli.out.line(line);
        }
      });
    });
}

export function channelAccount(ledger: Ledger, name: string, query: Query): ChannelAccount {
  const channel = ledger.channel(name, query);
  const { channelId, nodeId, peerId } = channel;
  const ours = { ...query, nodeId };
  // The other questions know no moment that counts one channel's events: they take its time.
  const wide = { ...ours, ...momentForOthers(query, channel) };
  const peers = ledger.peers(wide);
  return {
    channel,
    peer: peers.find((peer) => peer.nodeId === nodeId && peer.peerId === peerId),
    feeChanges: ledger.fees(channelId, ours),
    forwards: ledger.forwards(wide).filter((forward) => {
      return forward.incomingChannelId === channelId || forward.outgoingChannelId === channelId;
    }),
    balances: ledger.balances(channelId, ours),
  };
}

/** What happened by a channel's own moment, said as a time, which is a moment for everything. */
function momentForOthers({ at }: Query, { lastEventAt }: ChannelView): Pick<Query, 'at'> {
  if (at?.kind !== 'revision' && at?.kind !== 'commitment') return at === undefined ? {} : { at };
  if (lastEventAt === undefined) return {};
  return { at: { kind: 'time', timeNs: timeNsOf(lastEventAt) } };
}

export function accountLines(
  account: ChannelAccount,
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const lines: string[] = [];
  const inner = width === undefined ? undefined : width - INDENT.length;
  for (const section of channelSections(account, names, style, inner)) {
    if (section.lines.length === 0) continue;
    if (lines.length > 0) lines.push('');
    const title = wrapped(section.title, width ?? Number.POSITIVE_INFINITY);
    lines.push(...title.map((line) => style.paint('bold', line)));
    lines.push(...section.lines.map((line) => INDENT + line));
  }
  const chart = balanceChart(account.balances, style, (width ?? CHART_WIDTH) - INDENT.length);
  if (chart.length > 0) {
    lines.push('', style.paint('bold', 'Our balance over time, sat (UTC)'));
    lines.push(...chart.map((line) => INDENT + line));
  }
  return lines;
}
