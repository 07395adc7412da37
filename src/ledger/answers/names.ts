/**
 * What people call a channel or a node, looked up. A channel goes by any channel point it ever had,
 * by short channel ids and aliases, by its channel_id, or by a prefix of those that fits no other.
 */

import { channelProjection } from '../../../projections/channel.ts';
import { ShortChannelId } from '../../lightning/ids.ts';
import { type Query, QuestionError } from '../query.ts';
import { parseStream } from '../streams.ts';
import type { AnswerContext } from './context.ts';
import { mergeChannel } from './merge.ts';
import { type NamedStream, nameIndexOf } from './name-index.ts';
import { nodeAliases, shortNode } from './nodes.ts';
import { compareText, inSourceOrder } from './tellers.ts';

/** One channel of one recording node. */
export interface NamedChannel {
  readonly nodeId: string;
  readonly channelId: string;
  /** Its tellers' streams, in source order. */
  readonly streams: readonly string[];
}

/** Shorter prefixes are more likely slips than names. */
const MIN_PREFIX = 4;
const MAX_LISTED = 8;

/**
 * The channel a name stands for. Names are looked up in all that is known now, whatever the moment
 * asked for: a channel has its name before and after it. Throws a QuestionError otherwise.
 */
export function resolveChannel(
  context: AnswerContext,
  name: string,
  query: Query = {},
): NamedChannel {
  const wanted = name.trim().toLowerCase();
  const ofId = byChannelId(context, wanted, query);
  if (ofId !== undefined) return ofId;
  const index = nameIndexOf(context);
  const isAsked = askedBy(query);
  const exact = spellings(wanted).flatMap((name) => index.called(name).filter(isAsked));
  const told = exact.length > 0 ? exact : byPrefix(index.all(), wanted).filter(isAsked);
  const all = () => [...index.all()].filter(isAsked);
  const found = channelsOf(told);
  const [only, second] = found;
  if (only === undefined) throw unknownChannel(name, channelsOf(all()).length, query);
  if (second !== undefined) throw ambiguousChannel(context, name, withTellers(found, all()));
  const [channel] = withTellers([only], all());
  if (channel === undefined) throw unknownChannel(name, 0, query);
  return channel;
}

/** A channel_id is in the name of the stream: no row has to be looked at. Undefined where several nodes have it. */
function byChannelId(
  { store }: AnswerContext,
  wanted: string,
  { nodeId, source }: Query,
): NamedChannel | undefined {
  if (!/^[0-9a-f]{64}$/.test(wanted)) return undefined;
  const prefix = nodeId === undefined ? 'channel-' : `channel-${nodeId}.${wanted}.`;
  const told = store.streamNames(prefix).flatMap((stream) => {
    const parsed = stream.includes(wanted) ? parseStream(stream) : undefined;
    if (parsed?.category !== 'channel' || parsed.subjectId !== wanted) return [];
    if (source !== undefined && parsed.source !== source) return [];
    return { stream, nodeId: parsed.nodeId, source: parsed.source };
  });
  const [first] = told;
  if (first === undefined || told.some((one) => one.nodeId !== first.nodeId)) return undefined;
  const streams = inSourceOrder(told).map(({ stream }) => stream);
  return { nodeId: first.nodeId, channelId: wanted, streams };
}

function askedBy({ nodeId, source }: Query): (told: NamedStream) => boolean {
  return (told) =>
    (nodeId === undefined || told.nodeId === nodeId) &&
    (source === undefined || told.source === source);
}

const channelKey = ({ nodeId, channelId }: NamedStream) => `${nodeId}.${channelId}`;

/** One teller of each channel. */
function channelsOf(told: Iterable<NamedStream>): readonly NamedStream[] {
  const channels = new Map<string, NamedStream>();
  for (const one of told) if (!channels.has(channelKey(one))) channels.set(channelKey(one), one);
  return [...channels.values()].sort((a, b) => compareText(a.stream, b.stream));
}

/** Each with the streams of all its tellers, whichever of them tells the name. */
function withTellers(
  channels: readonly NamedStream[],
  all: readonly NamedStream[],
): readonly NamedChannel[] {
  return channels.map(({ nodeId, channelId }) => {
    const own = all.filter((one) => one.nodeId === nodeId && one.channelId === channelId);
    return { nodeId, channelId, streams: inSourceOrder(own).map(({ stream }) => stream) };
  });
}

/** `800000:1:0` and lnd's single number name the same channel as `800000x1x0`. */
function spellings(wanted: string): readonly string[] {
  try {
    return [wanted, ShortChannelId(wanted)];
  } catch {
    return [wanted];
  }
}

function byPrefix(all: Iterable<NamedStream>, wanted: string): readonly NamedStream[] {
  if (wanted.length < MIN_PREFIX) return [];
  // A txid with its colon is a prefix of a channel point; elsewhere a colon parts a short channel id.
  const prefixes = [wanted, wanted.replaceAll(':', 'x')];
  return [...all].filter(({ names }) => {
    return names.some((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  });
}

function unknownChannel(name: string, count: number, query: Query): QuestionError {
  const where = [
    query.nodeId === undefined ? '' : ` of node ${shortNode(query.nodeId)}`,
    query.source === undefined ? '' : ` told by ${query.source}`,
  ].join('');
  if (name.trim().length < MIN_PREFIX) {
    return new QuestionError(
      'wrong',
      `"${name}" is too short to name a channel: give ${MIN_PREFIX} characters or more`,
    );
  }
  const said = `no channel${where} is called "${name}"`;
  if (count === 0) {
    return new QuestionError('unknown', `${said}: the ledger knows no channel${where} yet`);
  }
  const listed = `list all ${count}${where}`;
  return new QuestionError(
    'unknown',
    `${said}: "channels" and "closed" ${listed}`,
    `${said}: /channels and /closed ${listed}`,
  );
}

function ambiguousChannel(
  context: AnswerContext,
  name: string,
  found: readonly NamedChannel[],
): QuestionError {
  const aliases = nodeAliases(context);
  const whose = ({ nodeId }: NamedChannel) => {
    const alias = aliases.get(nodeId);
    return alias === undefined ? nodeId : `${alias} (${shortNode(nodeId)})`;
  };
  const listed = found
    .slice(0, MAX_LISTED)
    .map((channel) => describe(context, channel))
    .concat(found.length > MAX_LISTED ? [`and ${found.length - MAX_LISTED} more`] : []);
  const isOneChannel = new Set(found.map((candidate) => candidate.channelId)).size === 1;
  if (isOneChannel) {
    const said = `"${name}" names the same channel of several recorded nodes: say whose view with`;
    const whoseAll = found.map(whose).join(' or ');
    return new QuestionError('wrong', `${said} --node: ${whoseAll}`, `${said} node=: ${whoseAll}`);
  }
  return new QuestionError(
    'wrong',
    `"${name}" names ${found.length} channels: give more of its name: ${listed.join('; ')}`,
  );
}

function describe({ rows }: AnswerContext, { nodeId, channelId, streams }: NamedChannel): string {
  const told = streams.flatMap((stream) => rows.one(channelProjection, stream)?.row ?? []);
  const { fundingOutpoint = channelId, peerId, status } = mergeChannel({ rows: told });
  const peer = peerId === undefined ? 'peer unknown' : `peer ${shortNode(peerId)}`;
  return `${fundingOutpoint} (${peer}, ${status}, node ${shortNode(nodeId)})`;
}
