/** lnd's log, compressed or not, line by line. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { channelIdOfOutpoint, type NodeId, type Outpoint } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import { timeText } from '../../../schema/time.ts';
import { ImportError } from '../../importer.ts';
import type { Tally } from '../../tally.ts';
import type { ChannelNames } from '../channel-names.ts';
import { contentKey } from '../content-key.ts';
import { type Moment, NS_PER_SECOND, type Teller } from '../told.ts';
import { type LogFact, parseLogLine } from './lines.ts';

export interface LogPorts {
  readonly teller: Teller;
  readonly tally: Tally;
  readonly names: ChannelNames;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/** No line that is read is as long; what is longer is a dump of something. */
const MAX_LINE_BYTES = 1 << 16;
/** What has no dated line until then is no log: a small file may unpack to more than a disk. */
const MAX_UNDATED_BYTES = 1 << 24;
const GZIP = [0x1f, 0x8b] as const;
/** The machine's zone lies between these hours from UTC. */
const [EARLIEST_ZONE_NS, LATEST_ZONE_NS] = [
  12n * 3600n * NS_PER_SECOND,
  14n * 3600n * NS_PER_SECOND,
];
const OTHER_LINES =
  'only lines that tell why a channel goes to chain, that a link failed, or of a peer are read';
/** No record is later than its reading, and its time must be the same at each import. */
const AHEAD =
  'the log’s clock is ahead of this one, as it is east of UTC: import the log again once it has passed';
const ZONE = 'the time zone of the log: its times are taken for UTC, with their bounds';

/** Failures of which lnd tells the peer (`LinkFailureError.ShouldSendToPeer`). */
const TOLD_TO_PEER: ReadonlySet<string> = new Set([
  'internal error',
  'sync error',
  'invalid update',
  'invalid commitment',
  'invalid revocation',
  'unable to resume channel, recovery required',
]);

/** The files by what their first line is dated: lnd's rotation numbers them, and people rename them. */
export async function* logObservations(
  paths: readonly string[],
  ports: LogPorts,
): AsyncGenerator<Observation, void, undefined> {
  const dated: { readonly path: string; readonly clockNs: bigint }[] = [];
  for (const path of paths) dated.push({ path, clockNs: await beginOf(path, ports) });
  dated.sort((a, b) => (a.clockNs < b.clockNs ? -1 : a.clockNs > b.clockNs ? 1 : 0));
  if (paths.length > 0) ports.tally.cannotTell(ZONE);
  const reading = new LogReading(ports);
  for (const { path } of dated) {
    let nth = 0;
    for await (const line of linesOf(path, ports)) {
      yield* reading.take(line, `${basename(path)}, line ${++nth}`);
    }
  }
}

async function beginOf(path: string, { signal }: LogPorts): Promise<bigint> {
  const ports = { signal, onBytes: () => undefined, mostBytes: MAX_UNDATED_BYTES };
  for await (const line of linesOf(path, ports)) {
    const parsed = line === undefined ? undefined : parseLogLine(line);
    if (parsed?.clockNs !== undefined) return parsed.clockNs;
  }
  return 0n;
}

class LogReading {
  readonly #ports: LogPorts;

  constructor(ports: LogPorts) {
    this.#ports = ports;
  }

  *take(line: string | undefined, place: string): Generator<Observation, void, undefined> {
    const { tally, teller } = this.#ports;
    const parsed = line === undefined ? undefined : parseLogLine(line);
    if (parsed !== undefined && parsed.clockNs === undefined) {
      tally.bad(place, 'it begins with no date since 1970');
      return;
    }
    if (parsed?.fact === undefined || parsed.clockNs === undefined) {
      tally.unread('log lines', OTHER_LINES);
      return;
    }
    if (parsed.clockNs > teller.nowNs) {
      tally.unread('log lines', AHEAD);
      return;
    }
    tally.read(`log lines: ${parsed.fact.kind}`);
    yield* this.#observations(parsed.fact, this.#at(parsed.clockNs));
  }

  #at(clockNs: bigint): Moment {
    const { nowNs } = this.#ports.teller;
    const notAfterNs = clockNs + EARLIEST_ZONE_NS;
    return {
      happenedAtNs: clockNs,
      timeBasis: 'interpolated',
      notBeforeNs: clockNs > LATEST_ZONE_NS ? clockNs - LATEST_ZONE_NS : 0n,
      notAfterNs: notAfterNs < nowNs ? notAfterNs : nowNs,
    };
  }

  *#observations(fact: LogFact, at: Moment): Generator<Observation, void, undefined> {
    const { teller } = this.#ports;
    const found = { at, evidence: `log line of ${fact.kind}`, key: contentKey(at, plainOf(fact)) };
    switch (fact.kind) {
      case 'going to chain': {
        const { direction, amountMsat, expiryHeight, blocksLeft } = fact;
        const sourceReason =
          `${direction} HTLC of ${amountMsat} msat that expires at height ${expiryHeight}, ` +
          `in ${blocksLeft} blocks`;
        yield* this.#closes(fact.outpoint, found, 'went to chain for an HTLC', sourceReason);
        return;
      }
      case 'force closing':
        yield* this.#closes(fact.outpoint, found, 'force close', undefined);
        return;
      case 'link failed':
        yield* this.#failed(fact, found);
        return;
      case 'peer up': {
        const data = { isInbound: false, address: fact.address };
        yield teller.peer(fact.peerId, found, { type: 'PeerConnected', data });
        return;
      }
      case 'peer down': {
        const data = fact.why === undefined ? {} : { why: fact.why };
        yield teller.peer(fact.peerId, found, { type: 'PeerDisconnected', data });
        return;
      }
    }
  }

  /**
   * Each line is told, also where lnd says it again (for another HTLC, or after a restart): which one was the first
   * shows only where all logs are known.
   */
  *#closes(
    outpoint: Outpoint,
    found: Parameters<Teller['channel']>[1],
    reason: string,
    sourceReason: string | undefined,
  ): Generator<Observation, void, undefined> {
    const channelId = channelIdOfOutpoint(outpoint);
    const known = { channelId, context: { fundingOutpoint: outpoint, ...this.#peerOf(outpoint) } };
    const data = {
      by: 'local',
      reason,
      ...(sourceReason !== undefined && { sourceReason }),
      saidAt: timeText(found.at.happenedAtNs),
    } as const;
    yield this.#ports.teller.channel(known, found, { type: 'CloseStarted', data });
  }

  #peerOf(outpoint: Outpoint): { readonly peerId?: NodeId } {
    const peerId = this.#ports.names.peerOf(channelIdOfOutpoint(outpoint));
    return peerId === undefined ? {} : { peerId };
  }

  *#failed(
    { outpoint, reason, failure, isFromPeer }: Extract<LogFact, { readonly kind: 'link failed' }>,
    found: Parameters<Teller['peer']>[1],
  ): Generator<Observation, void, undefined> {
    const { teller, tally } = this.#ports;
    const { peerId } = this.#peerOf(outpoint);
    if (peerId === undefined) {
      tally.unread(
        'failed links',
        'the log names no peer of the channel: give listchannels as well',
      );
      return;
    }
    if (!isFromPeer && !TOLD_TO_PEER.has(failure)) {
      tally.unread('failed links', 'lnd told nobody of it');
      return;
    }
    const channelId = channelIdOfOutpoint(outpoint);
    const direction = isFromPeer ? 'received' : 'sent';
    const text = isFromPeer ? reason : `${failure}: ${reason}`;
    const data = { kind: 'error', direction, channelId, text } as const;
    yield teller.peer(peerId, found, { type: 'PeerMessage', data });
  }
}

const plainOf = (fact: LogFact): object =>
  Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, String(value)]));

interface LineOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Nothing is unpacked beyond them. */
  readonly mostBytes?: number;
}

/** Undefined stands for a line that is too long to be one that is read. */
async function* linesOf(
  path: string,
  { signal, onBytes, mostBytes = Number.POSITIVE_INFINITY }: LineOptions,
): AsyncGenerator<string | undefined, void, undefined> {
  signal.throwIfAborted();
  const isPacked = await isGzip(path);
  const file = createReadStream(path, { signal });
  let counted = 0;
  let unpackedBytes = 0;
  const source = isPacked ? unzipped(file) : file;
  let rest = Buffer.alloc(0);
  let isTooLong = false;
  try {
    for await (const chunk of source) {
      signal.throwIfAborted();
      unpackedBytes += (chunk as Buffer).length;
      if (unpackedBytes > mostBytes) return;
      onBytes(file.bytesRead - counted);
      counted = file.bytesRead;
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield isTooLong ? undefined : bytes.toString('utf8', from, end).replace(/\r$/, '');
        isTooLong = false;
        from = end + 1;
      }
      rest = Buffer.from(bytes.subarray(from));
      if (rest.length > MAX_LINE_BYTES) {
        isTooLong = true;
        rest = Buffer.alloc(0);
      }
    }
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ImportError(`${basename(path)}: it cannot be unpacked; what stood before is read`, {
      cause,
    });
  } finally {
    file.destroy();
  }
  if (rest.length > 0 && !isTooLong) yield rest.toString('utf8');
}

function unzipped(file: Readable): Readable {
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  return file.pipe(gunzip);
}

async function isGzip(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1];
}
