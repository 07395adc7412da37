/**
 * A synthetic mainnet: as many public channels as there were on one day, with that day's policies. Ids,
 * times and blocks are drawn from a seed, and nothing is signed: a load, and never a record.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GossipDraft } from '../../src/gossip/events.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { NodeId, ShortChannelId } from '../../src/lightning/ids.ts';
import type { GossipObservation } from '../../src/observation/observation.ts';
import { type Figure, timed } from './figure.ts';

const TOPOLOGY = new URL(
  '../../test/fixtures/real/topology/mainnet-2026-02-03.channels.csv.gz',
  import.meta.url,
);
/** In every id and record of it, so that nobody takes it for one. */
const SYNTHETIC = 'synthetic';
const START_S = 1_767_225_600;
const FIRST_HEIGHT = 500_000;
const CHANNELS_A_BLOCK = 100;
const BATCH = 1000;
/** Up to here the maximum is a code for a share of the capacity, taken for all of it. */
const LAST_CODE = 9;
const MOST_RECORDING_S = 15;
const MOST_REBUILDING_S = 2;

/** In absolute figures: what an operator waits. Judged in the full bench only. */
export async function mainnetFigures(directory: string): Promise<Figure[]> {
  const batches = inBatches([...mainnetObservations()]);
  const ledger = await openLedger(join(directory, 'mainnet.db'), { create: true });
  const recordingMs = await timed(() => recordAll(ledger, batches));
  const rebuildingMs = await timed(() => ledger.rebuild());
  const events = Number((await ledger.store.lastCheckpoint()) ?? 0);
  const channels = ledger.store.streamNames('gossip-').length;
  await ledger.close();
  const what = `${channels.toLocaleString('en-US')} public channels, ${events.toLocaleString('en-US')} events`;
  return [
    seconds(`a synthetic mainnet recorded: ${what}`, recordingMs, MOST_RECORDING_S),
    seconds('its views rebuilt', rebuildingMs, MOST_REBUILDING_S),
  ];
}

function seconds(name: string, ms: number, most: number): Figure {
  return {
    name,
    measured: `${(ms / 1000).toFixed(1)} s`,
    ceiling: `${most} s`,
    ratio: ms / 1000 / most,
    wanted: { atMost: 1 },
  };
}

async function recordAll(
  ledger: Ledger,
  batches: readonly (readonly GossipObservation[])[],
): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (const batch of batches) {
    underWay.push(ledger.recordBatch(batch));
    if (underWay.length >= 2) await underWay.shift();
  }
  await Promise.all(underWay);
}

/** A channel's announcement, then its policies, channel after channel. */
function* mainnetObservations(): Generator<GossipObservation> {
  const [, ...lines] = gunzipSync(readFileSync(TOPOLOGY)).toString().trim().split('\n');
  let announced = -1;
  for (const line of lines) {
    const fields = line.split(',').map(Number);
    const [channel = 0, node1 = 0, node2 = 0, capacitySat = 0] = fields;
    const shortChannelId = shortIdOf(channel);
    const told = (fact: GossipDraft, seconds: number) => tell(shortChannelId, fact, seconds);
    if (channel !== announced) {
      announced = channel;
      const [nodeId1, nodeId2] = [nodeOf(node1), nodeOf(node2)];
      const data = { shortChannelId, nodeId1, nodeId2, capacitySat: BigInt(capacitySat), raw: '' };
      yield told({ type: 'PublicChannelAnnounced', data }, START_S + channel);
    }
    const timestamp = START_S + channel + 3600;
    yield told({ type: 'PublicFeePolicyChanged', data: policyOf(fields, timestamp) }, timestamp);
  }
}

function policyOf(fields: readonly number[], timestamp: number) {
  const [channel = 0, , , capacitySat = 0, direction = 0, disabled = 0, minimum = 0] = fields;
  const [maximumCode = 0, base = 0, ppm = 0, delay = 0] = fields.slice(7);
  return {
    shortChannelId: shortIdOf(channel),
    direction,
    feeBaseMsat: BigInt(base),
    feeProportionalMillionths: ppm,
    cltvExpiryDeltaBlocks: delay,
    htlcMinimumMsat: BigInt(minimum),
    htlcMaximumMsat: maximumCode > LAST_CODE ? BigInt(maximumCode) : BigInt(capacitySat) * 1000n,
    isDisabled: disabled === 1,
    timestamp,
    raw: '',
  };
}

function tell(
  shortChannelId: ShortChannelId,
  fact: GossipDraft,
  seconds: number,
): GossipObservation {
  const happenedAtNs = BigInt(seconds) * 1_000_000_000n;
  return {
    about: 'gossip',
    chain: SYNTHETIC,
    nodeId: nodeOf(0),
    source: SYNTHETIC,
    happenedAtNs,
    timeBasis: 'source',
    recordedAtNs: happenedAtNs,
    evidence: SYNTHETIC,
    key: `${shortChannelId}/${seconds}`,
    shortChannelId,
    fact,
  };
}

function shortIdOf(channel: number): ShortChannelId {
  const height = FIRST_HEIGHT + Math.floor(channel / CHANNELS_A_BLOCK);
  return ShortChannelId(`${height}x${channel % CHANNELS_A_BLOCK}x0`);
}

const nodes = new Map<number, NodeId>();

/** No point of the curve was looked for: nobody has signed anything. */
function nodeOf(ordinal: number): NodeId {
  const known = nodes.get(ordinal);
  if (known !== undefined) return known;
  const id = NodeId(`02${createHash('sha256').update(`${SYNTHETIC} ${ordinal}`).digest('hex')}`);
  nodes.set(ordinal, id);
  return id;
}

function inBatches<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / BATCH);
  return Array.from({ length: count }, (_, nth) => all.slice(nth * BATCH, (nth + 1) * BATCH));
}
