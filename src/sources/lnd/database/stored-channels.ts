/** The channels in lnd's buckets, open and historical. */
import { bytesToHex } from '../../../lightning/bytes.ts';
import type { Tally } from '../../tally.ts';
import type { BoltFile, Bucket } from './bbolt.ts';
import type { StoredChannel } from './channel-facts.ts';
import {
  parseChannelInfo,
  parseCommitment,
  parseRevocationState,
  parseThawHeight,
} from './channel-record.ts';
import { reasonOf } from './whole-or-bad.ts';

const LOCAL_COMMITMENT = Buffer.from('chan-commitment-key\0', 'latin1');
const REMOTE_COMMITMENT = Buffer.from('chan-commitment-key\x01', 'latin1');
export const NOT_READ =
  'lnd’s source describes it, and no file made by lnd was there to hold a reader against';

/** Nothing else of a channel is copied out of its page. */
const READ: ReadonlySet<string> = new Set([
  'chan-info-key',
  LOCAL_COMMITMENT.toString('latin1'),
  REMOTE_COMMITMENT.toString('latin1'),
  'revocation-state-key',
  'frozen-chans',
]);

/** Sub-buckets of a channel that are counted. */
const LOGS = ['revocation-log-key', 'revocation-log'] as const;

/** `open-chan-bucket`: by peer, by chain, by outpoint. */
export function* openChannels(
  file: BoltFile,
  tally: Tally,
): Generator<StoredChannel, void, undefined> {
  const top = file.bucket('open-chan-bucket');
  if (top === undefined) return;
  for (const { bucket: peer } of top.buckets()) {
    for (const { bucket: chain } of peer.buckets()) {
      for (const { key, bucket } of chain.buckets()) {
        const channel = storedChannel(
          bucket,
          `open-chan-bucket, channel ${bytesToHex(key)}`,
          tally,
        );
        if (channel !== undefined) yield channel;
      }
    }
  }
}

/** `historical-chan-bucket`: what a channel was when it closed, by outpoint. */
export function historicalChannel(
  file: BoltFile,
  outpoint: Uint8Array,
  tally: Tally,
): StoredChannel | undefined {
  const bucket = file.bucket('historical-chan-bucket')?.bucket(outpoint);
  const place = `historical-chan-bucket, channel ${bytesToHex(outpoint)}`;
  return bucket && storedChannel(bucket, place, tally);
}

function storedChannel(bucket: Bucket, place: string, tally: Tally): StoredChannel | undefined {
  const values = new Map<string, Buffer>();
  for (const { key, value, isBucket } of bucket.entries()) {
    const name = key.toString('latin1');
    if (!isBucket && READ.has(name)) values.set(name, Buffer.from(value));
  }
  for (const log of LOGS) {
    const count = bucket.bucket(log)?.count() ?? 0;
    if (count > 0) tally.unread(log, NOT_READ, count);
  }
  const info = values.get('chan-info-key');
  if (info === undefined) {
    tally.bad(place, 'it has no chan-info-key');
    return undefined;
  }
  const read = <T>(key: Buffer | string, parse: (bytes: Uint8Array) => T): T | undefined => {
    const bytes = values.get(key.toString('latin1'));
    if (bytes === undefined) return undefined;
    try {
      return parse(bytes);
    } catch (error) {
      tally.bad(`${place}, ${key.toString('latin1').replace(/[^a-z-]/g, '')}`, reasonOf(error));
      return undefined;
    }
  };
  const parsed = read('chan-info-key', parseChannelInfo);
  if (parsed === undefined) return undefined;
  return {
    info: parsed,
    local: read(LOCAL_COMMITMENT, parseCommitment),
    remote: read(REMOTE_COMMITMENT, parseCommitment),
    revocations: read('revocation-state-key', parseRevocationState),
    thawHeight: read('frozen-chans', parseThawHeight),
  };
}
