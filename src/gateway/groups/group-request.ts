/** What clients of `PersistentSubscriptions` ask for: which group, made how, from where on. */
import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { LocalStore } from '../../store/event-store.ts';
import { invalidArgument } from '../failures.ts';
import type { FilterOptions } from '../filter.ts';
import { streamName } from '../read-request.ts';
import { newestPosition } from '../reading.ts';
import { ALL, type GroupSettings, type StoredFilter, type Strategy } from './group-state.ts';

type CreateOptions = NonNullable<
  ReturnType<InstanceType<typeof persistent.CreateReq>['getOptions']>
>;
type UpdateOptions = NonNullable<
  ReturnType<InstanceType<typeof persistent.UpdateReq>['getOptions']>
>;
type SettingsMessage = NonNullable<ReturnType<(CreateOptions | UpdateOptions)['getSettings']>>;

/** `$all` or a stream's name, of the requests that name a group. */
export function sourceOf(options: {
  getAll(): unknown;
  getStreamIdentifier(): Parameters<typeof streamName>[0];
}): string {
  return options.getAll() === undefined ? streamName(options.getStreamIdentifier()) : ALL;
}

export interface GroupRequest {
  readonly source: string;
  readonly name: string;
  readonly settings: GroupSettings;
  /** Before the first event the group gives out. */
  readonly checkpoint: number;
}

export async function createRequest(
  store: LocalStore,
  request: InstanceType<typeof persistent.CreateReq>,
): Promise<GroupRequest> {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the request has no options');
  const filter = options.getAll()?.getFilter();
  return groupRequest(store, options, filter === undefined ? undefined : storedFilter(filter));
}

/** An update keeps the group's filter and its place. */
export async function updateRequest(
  store: LocalStore,
  request: InstanceType<typeof persistent.UpdateReq>,
): Promise<GroupRequest> {
  const options = request.getOptions();
  if (options === undefined) throw invalidArgument('the request has no options');
  return groupRequest(store, options, undefined);
}

async function groupRequest(
  store: LocalStore,
  options: CreateOptions | UpdateOptions,
  filter: StoredFilter | undefined,
): Promise<GroupRequest> {
  const settings = options.getSettings();
  const name = options.getGroupName();
  if (settings === undefined || name === '')
    throw invalidArgument('a group needs a name and settings');
  const all = options.getAll();
  if (all !== undefined) {
    const position = Number(all.getPosition()?.getCommitPosition() ?? 0);
    const newest = await newestPosition(store);
    const checkpoint = all.hasStart() ? 0 : all.hasEnd() ? newest : Math.max(0, position - 1);
    const from = all.hasStart() ? '0' : all.hasEnd() ? '-1' : String(position);
    const startFrom = `C:${from}/P:${from}`;
    return { source: ALL, name, checkpoint, settings: settingsOf(settings, startFrom, filter) };
  }
  const stream = options.getStream();
  const source = streamName(stream?.getStreamIdentifier() ?? options.getStreamIdentifier());
  // Clients before 21.10 name the revision among the settings; the newest possible one is the end.
  const named = stream === undefined ? settings.getRevision() : stream.getRevision();
  const isEnd = stream?.hasEnd() === true || named === '18446744073709551615';
  const revision = isEnd ? -1 : stream?.hasStart() === true ? 0 : Number(named);
  const checkpoint = isEnd ? await newestPosition(store) : positionBefore(store, source, revision);
  const startFrom = String(revision);
  return { source, name, checkpoint, settings: settingsOf(settings, startFrom, undefined) };
}

/** A revision that is not there yet waits for itself no longer than for the next event. */
function positionBefore(store: LocalStore, stream: string, revision: number): number {
  if (revision === 0) return 0;
  const range = { fromRevision: revision - 1, toRevision: revision - 1 };
  for (const { position } of store.streamEvents(stream, range)) return position;
  return store.streamHead(stream)?.position ?? 0;
}

function storedFilter(options: FilterOptions): StoredFilter {
  const byStream = options.getStreamIdentifier();
  const expression = byStream ?? options.getEventType();
  if (expression === undefined) throw invalidArgument('the filter says neither stream nor type');
  return {
    on: byStream === undefined ? 'type' : 'stream',
    regex: expression.getRegex(),
    prefixes: [...expression.getPrefixList()],
  };
}

const strategies: readonly Strategy[] = ['DispatchToSingle', 'RoundRobin', 'Pinned'];
const TICKS_PER_MS = 10_000;

function settingsOf(
  message: SettingsMessage,
  startFrom: string,
  filter: StoredFilter | undefined,
): GroupSettings {
  // Newer clients name it, and only when they create a group.
  const text = 'getConsumerStrategy' in message ? message.getConsumerStrategy() : '';
  const strategy =
    strategies.find((each) => each === text) ?? strategies[message.getNamedConsumerStrategy()];
  return {
    startFrom,
    filter,
    messageTimeoutMs: message.hasMessageTimeoutMs()
      ? message.getMessageTimeoutMs()
      : Number(message.getMessageTimeoutTicks()) / TICKS_PER_MS,
    checkpointAfterMs: message.hasCheckpointAfterMs()
      ? message.getCheckpointAfterMs()
      : Number(message.getCheckpointAfterTicks()) / TICKS_PER_MS,
    maxRetryCount: message.getMaxRetryCount(),
    minCheckpointCount: message.getMinCheckpointCount(),
    maxCheckpointCount: message.getMaxCheckpointCount(),
    maxSubscriberCount: message.getMaxSubscriberCount(),
    liveBufferSize: message.getLiveBufferSize(),
    readBatchSize: message.getReadBatchSize(),
    historyBufferSize: message.getHistoryBufferSize(),
    strategy: strategy ?? 'RoundRobin',
    resolvesLinks: message.getResolveLinks(),
    hasExtraStatistics: message.getExtraStatistics(),
  };
}
