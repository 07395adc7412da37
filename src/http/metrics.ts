/** `/metrics`: figures for Prometheus, in its text format. Balances are for who sends a token. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { metadataCodec } from '../schema/metadata.ts';
import { timeNsOf } from '../schema/time.ts';
import { sendText } from './answer.ts';
import { eventAt } from './event-ids.ts';
import type { EventClients } from './events.ts';
import type { Grant } from './grant.ts';
import type { ServedLedger } from './served-ledger.ts';
import { problemKinds } from './view-schemas.ts';

const NS_PER_MS = 1_000_000n;
const MS_PER_SECOND = 1000;
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface MetricsOptions {
  readonly ledger: ServedLedger;
  readonly clients: EventClients;
  readonly grantFor: (request: FastifyRequest) => Grant;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | bigint;
}

export function serveMetrics(
  app: FastifyInstance,
  { ledger, clients, grantFor }: MetricsOptions,
): void {
  const recorded = recordedSince();
  app.get('/metrics', async (request, reply) => {
    const { holder } = grantFor(request);
    const metrics = [
      ...(await ledgerMetrics(ledger, clients, recorded)),
      ...(holder === 'token' ? balanceMetrics(ledger) : []),
    ];
    return sendText(request, reply, metricsText(metrics), TYPE);
  });
}

/** A counter that begins with 0 where the position does not. */
function recordedSince(): (newest: number) => number {
  let first: number | undefined;
  return (newest) => {
    first ??= newest;
    return newest - first;
  };
}

async function ledgerMetrics(
  ledger: ServedLedger,
  clients: EventClients,
  recorded: (newest: number) => number,
): Promise<readonly Metric[]> {
  const newest = Number((await ledger.store.lastCheckpoint()) ?? 0);
  // One that is not there yet is 0: an alarm needs a number to rise from.
  const problems = new Map<string, number>(problemKinds.map((kind) => [kind, 0]));
  for (const { kind, count } of ledger.problems()) {
    problems.set(kind, (problems.get(kind) ?? 0) + count);
  }
  const one = (name: string, type: Metric['type'], help: string, value: number): Metric => ({
    name,
    help,
    type,
    samples: [{ value }],
  });
  return [
    one(
      'position',
      'counter',
      'Position of the newest event: its rate is that of recording.',
      newest,
    ),
    one(
      'recorded_events_total',
      'counter',
      'Events recorded since these figures were first asked for.',
      recorded(newest),
    ),
    one('open_channels', 'gauge', 'Channels that are not closed.', ledger.channels().length),
    one('closed_channels', 'gauge', 'Channels whose close is in a block.', ledger.closed().length),
    {
      name: 'problems',
      type: 'gauge',
      help: 'What does not fit, by kind.',
      samples: [...problems].map(([kind, value]) => ({ labels: { kind }, value })),
    },
    ...newestMetrics(ledger, newest, one),
    one('cached_rows', 'gauge', 'Rows kept ready in memory.', ledger.figures.cache().rows),
    one('cached_bytes', 'gauge', 'What they take, as estimated.', ledger.figures.cache().bytes),
    one('unwritten_rows', 'gauge', 'Rows that wait to be written.', ledger.figures.cache().waiting),
    one(
      'event_clients_behind',
      'gauge',
      'Events that the slowest client of /events has yet to take.',
      Math.max(0, newest - (clients.furthestBehind ?? newest)),
    ),
    one('event_clients', 'gauge', 'Clients of /events and /replay.', clients.size),
    one('events_sent_total', 'counter', 'Events given out by /events and /replay.', clients.sent),
    one('resident_memory_bytes', 'gauge', 'Memory of the process.', process.memoryUsage.rss()),
  ];
}

/** How fresh the record is, and how long after it happened the newest fact was learned. */
function newestMetrics(
  { store }: ServedLedger,
  position: number,
  one: (name: string, type: Metric['type'], help: string, value: number) => Metric,
): readonly Metric[] {
  const newest = eventAt(store, position);
  if (newest === undefined) return [];
  const { recordedAt, happenedAt } = metadataCodec.decode(JSON.parse(newest.metadata));
  const [recordedMs, happenedMs] = [recordedAt, happenedAt].map((at) => {
    return Number(timeNsOf(at) / NS_PER_MS);
  });
  if (recordedMs === undefined || happenedMs === undefined) return [];
  return [
    one(
      'newest_event_timestamp_seconds',
      'gauge',
      'When the newest event was recorded.',
      recordedMs / MS_PER_SECOND,
    ),
    one(
      'newest_event_lag_seconds',
      'gauge',
      'How long after it happened the newest event was recorded.',
      (recordedMs - happenedMs) / MS_PER_SECOND,
    ),
  ];
}

function balanceMetrics(ledger: ServedLedger): readonly Metric[] {
  const channels = ledger.channels();
  const labelled = (
    name: string,
    help: string,
    of: (channel: (typeof channels)[number]) => bigint | undefined,
  ): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: channels.flatMap((channel) => {
      const value = of(channel);
      const { nodeId, channelId, peerId = '' } = channel;
      const labels = { node: nodeId, channel: channelId, peer: peerId };
      return value === undefined ? [] : [{ labels, value }];
    }),
  });
  return [
    labelled('local_balance_msat', 'Our balance.', (one) => one.localBalanceMsat),
    labelled('remote_balance_msat', 'Their balance.', (one) => one.remoteBalanceMsat),
  ];
}

function metricsText(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(({ name, help, type, samples }) => [
    `# HELP channel_ledger_${name} ${help}`,
    `# TYPE channel_ledger_${name} ${type}`,
    ...samples.map(({ labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`);
      const all = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
      return `channel_ledger_${name}${all} ${value}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
