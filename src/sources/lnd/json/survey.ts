/**
 * The first of two passes over the answers that lncli printed: whose they are, when they were given, which
 * channels they name and which stretches of each list they hold. Of the lists themselves nothing is kept.
 */
import {
  FIRST_ALIAS_HEIGHT,
  NodeId,
  ShortChannelId,
  splitShortChannelId,
} from '../../../lightning/ids.ts';
import { ImportError } from '../../importer.ts';
import type { ChannelNames } from '../channel-names.ts';
import { type KnownChannel, NS_PER_SECOND } from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import { closedChannel } from './closed-channels.ts';
import { PageSeconds } from './equal-forwards.ts';
import { openChannel } from './open-channels.ts';
import { type ClosedChannel, forms, kindOf, type OpenChannel, type RecordKind } from './records.ts';
import type { JsonItem } from './stream.ts';
import { countOf, type Whole, wholeOf } from './values.ts';

/** A stretch of a list, by the list's own numbers. */
export interface Stretch {
  firstIndex: number;
  lastIndex: number;
  count: number;
}
export type ListName = 'payments' | 'invoices' | 'forwards';

/** What one file's answers say of the moment they were given. */
export class FileSurvey {
  /** From getinfo. */
  blockHeight: number | undefined;
  blockHash: string | undefined;
  headerNs: bigint | undefined;
  /** What of getinfo is not what lncli writes there. */
  readonly flaws = new Set<string>();
  nodeId: string | undefined;
  network: string | undefined;
  /** The latest time that any of its records tells. */
  latestNs = 0n;
  /** By the path of the list in the file. */
  readonly stretches = new Map<string, Stretch & { readonly list: ListName }>();
  /** fwdinghistory counts from where it was asked to begin. */
  readonly lastOffsets = new Map<string, number>();
  /** The seconds in which each list of forwards begins and ends. */
  readonly forwards = new Map<string, PageSeconds>();
  highestBlock = 0;
}

const BLOCK_HASH = /^[0-9a-f]{64}$/;

/** Whether the block that getinfo names becomes a fact of its own: it needs a hash. */
export function isBlockTold({ blockHeight, blockHash }: FileSurvey): boolean {
  return blockHeight !== undefined && blockHash !== undefined && BLOCK_HASH.test(blockHash);
}

export interface SurveyPorts {
  readonly times: ToldBlocks;
  readonly names: ChannelNames;
  readonly nowNs: bigint;
}

/** Takes one value of a file into its survey. Records that are no such records are passed over here. */
export function survey(file: FileSurvey, item: JsonItem, ports: SurveyPorts): void {
  const name = item.path.at(-1) ?? '';
  if (!item.isElement) surveyScalar(file, name, item);
  else if (name === 'chains') surveyChain(file, item.value);
  else surveyRecord(file, item, kindOf(name, item.value), ports);
}

function surveyRecord(
  file: FileSurvey,
  item: JsonItem,
  kind: RecordKind | undefined,
  ports: SurveyPorts,
): void {
  switch (kind) {
    case 'openChannel':
      surveyChannel(file, forms.openChannel.of(item.value), openChannel, ports);
      return;
    case 'closedChannel': {
      const channel = forms.closedChannel.of(item.value);
      surveyChannel(file, channel, closedChannel, ports);
      seenHeight(file, channel?.close_height ?? 0);
      return;
    }
    case 'invoice':
      surveyInvoice(file, item, ports);
      return;
    case 'payment':
      surveyPayment(file, item, ports.nowNs);
      return;
    case 'forward': {
      const forward = forms.forward.of(item.value);
      if (forward === undefined) return;
      seen(file, forwardTimeNs(forward), ports.nowNs);
      listed(file, 'forwards', item.path, undefined);
      secondsOf(file, item.path).add(forward);
      return;
    }
    case 'chainTransaction':
      surveyTransaction(file, item, ports);
      return;
    case 'peer':
      seen(file, wholeOf(forms.peer.of(item.value)?.last_flap_ns), ports.nowNs);
      return;
    case 'pendingChannel':
    case 'edge':
    case undefined:
      return;
  }
}

function surveyTransaction(file: FileSurvey, item: JsonItem, { times, nowNs }: SurveyPorts): void {
  const transaction = forms.chainTransaction.of(item.value);
  const height = Number(transaction?.block_height ?? 0);
  if (transaction === undefined || !(height > 0 && isWithin32Bits(height))) return;
  const timeNs = wholeOf(transaction.time_stamp) * NS_PER_SECOND;
  if (timeNs > 0n && timeNs <= nowNs) times.addBlock(height, timeNs, 'lnd-rpc');
  seenHeight(file, height);
}

/** In nanoseconds since 1970; older versions write whole seconds. */
function forwardTimeNs(forward: {
  readonly timestamp_ns?: Whole | undefined;
  readonly timestamp?: Whole | undefined;
}): bigint {
  const ns = wholeOf(forward.timestamp_ns);
  return ns > 0n ? ns : wholeOf(forward.timestamp) * NS_PER_SECOND;
}

function surveyScalar(file: FileSurvey, name: string, { path, value }: JsonItem): void {
  switch (name) {
    case 'identity_pubkey':
      file.nodeId = typeof value === 'string' ? value : undefined;
      return;
    case 'block_height':
      if (isWithin32Bits(value)) file.blockHeight = value;
      else file.flaws.add('block_height is no height of a block');
      return;
    case 'block_hash':
      if (typeof value === 'string') file.blockHash = value.toLowerCase();
      return;
    case 'best_header_timestamp': {
      const seconds = Number(value);
      if (!isWithin32Bits(seconds)) file.flaws.add('best_header_timestamp is no time of a block');
      else if (seconds > 0) file.headerNs = BigInt(seconds) * NS_PER_SECOND;
      return;
    }
    case 'last_offset_index': {
      const last = Number(value);
      if (Number.isSafeInteger(last)) setOne(file.lastOffsets, path.slice(0, -1).join('.'), last);
      return;
    }
    default:
      return;
  }
}

/** As headers and lnd keep heights and times. */
function isWithin32Bits(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff_ffff;
}

function surveyChain(file: FileSurvey, value: unknown): void {
  const network =
    typeof value === 'object' && value !== null && 'network' in value && value.network;
  if (typeof network === 'string') file.network = network;
}

function surveyChannel<C extends OpenChannel | ClosedChannel>(
  file: FileSurvey,
  channel: C | undefined,
  read: (channel: C) => KnownChannel,
  { names }: SurveyPorts,
): void {
  if (channel === undefined) return;
  try {
    const { channelId, context } = read(channel);
    names.add({ channelId, peerId: NodeId(channel.remote_pubkey), context });
    for (const id of [channel.chan_id, channel.zero_conf_confirmed_scid]) {
      if (id === undefined || wholeOf(id) === 0n) continue;
      seenHeight(file, splitShortChannelId(ShortChannelId(wholeOf(id))).blockHeight);
    }
  } catch {
    // The second pass names what is wrong with it.
  }
}

function seenHeight(file: FileSurvey, height: Whole): void {
  const block = Number(height);
  if (block < FIRST_ALIAS_HEIGHT && block > file.highestBlock) file.highestBlock = block;
}

function surveyInvoice(file: FileSurvey, item: JsonItem, { times, nowNs }: SurveyPorts): void {
  const invoice = forms.invoice.of(item.value);
  if (invoice === undefined) return;
  seen(file, wholeOf(invoice.creation_date) * NS_PER_SECOND, nowNs);
  seen(file, wholeOf(invoice.settle_date) * NS_PER_SECOND, nowNs);
  for (const htlc of invoice.htlcs ?? []) {
    const height = Number(htlc.accept_height ?? 0);
    const timeNs = wholeOf(htlc.accept_time) * NS_PER_SECOND;
    if (height > 0 && isWithin32Bits(height) && timeNs > 0n && timeNs <= nowNs)
      times.addTip(height, timeNs, 'lnd-rpc');
    seen(file, wholeOf(htlc.resolve_time) * NS_PER_SECOND, nowNs);
  }
  listed(file, 'invoices', item.path, invoice.add_index);
}

function surveyPayment(file: FileSurvey, item: JsonItem, nowNs: bigint): void {
  const payment = forms.payment.of(item.value);
  if (payment === undefined) return;
  seen(file, wholeOf(payment.creation_time_ns), nowNs);
  for (const attempt of payment.htlcs ?? []) seen(file, wholeOf(attempt.resolve_time_ns), nowNs);
  listed(file, 'payments', item.path, payment.payment_index);
}

function secondsOf({ forwards }: FileSurvey, path: readonly string[]): PageSeconds {
  const key = path.join('.');
  const known = forwards.get(key) ?? new PageSeconds();
  setOne(forwards, key, known);
  return known;
}

/** A time to come is a mistake, and no moment at which anything was asked. */
function seen(file: FileSurvey, timeNs: bigint, nowNs: bigint): void {
  if (timeNs > file.latestNs && timeNs <= nowNs) file.latestNs = timeNs;
}

function listed(
  file: FileSurvey,
  list: ListName,
  path: readonly string[],
  index: Whole | undefined,
): void {
  const key = path.join('.');
  const known = file.stretches.get(key);
  if (list !== 'forwards' && (index === undefined || wholeOf(index) === 0n)) return;
  let at: number;
  try {
    at = index === undefined ? (known?.count ?? 0) + 1 : countOf(index);
  } catch {
    // The second pass names it.
    return;
  }
  if (known === undefined) {
    setOne(file.stretches, key, { list, firstIndex: at, lastIndex: at, count: 1 });
    return;
  }
  known.firstIndex = Math.min(known.firstIndex, at);
  known.lastIndex = Math.max(known.lastIndex, at);
  known.count++;
}

/** One answer has one list; a file that somebody put together has a few. */
const MOST_LISTS = 1_000;

function setOne<V>(byPath: Map<string, V>, path: string, value: V): void {
  if (!byPath.has(path) && byPath.size >= MOST_LISTS) {
    throw new ImportError(
      'holds more than 1,000 lists, and no answer of lncli does: part the file',
    );
  }
  byPath.set(path, value);
}
