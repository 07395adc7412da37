/** Observations to measure with: the demo's own, told of many networks, and a seeded synthetic record. */
import { createHash } from 'node:crypto';
import type { ChannelFact, HtlcSeen } from '../../src/channel/observations.ts';
import { ChannelId, NodeId, Outpoint, Txid } from '../../src/lightning/ids.ts';
import type { ChannelObservation, Observation } from '../../src/observation/observation.ts';
import { demoObservations } from '../../src/sources/ldk/demo.ts';

/** The demo as real nodes play it. */
export async function demoMix(payments: number): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  for await (const observation of demoObservations({ payments, seed: 'bench' })) {
    observations.push(observation);
  }
  return observations;
}

/** The same record of another network: other node ids and channel ids, everything else equal. */
export function ofAnotherNetwork(
  observations: readonly Observation[],
  nth: number,
): readonly Observation[] {
  const hashes = new Map<string, string>();
  const hashOf = (id: string) => {
    const known = hashes.get(id);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(`${nth} ${id}`).digest('hex');
    hashes.set(id, hash);
    return hash;
  };
  const renamed = (observation: Observation): readonly Observation[] => {
    const nodeId = NodeId(`02${hashOf(observation.nodeId)}`);
    switch (observation.about) {
      case 'channel':
        return [{ ...observation, nodeId, channelId: ChannelId(hashOf(observation.channelId)) }];
      case 'peer':
        return [{ ...observation, nodeId, peerId: NodeId(`03${hashOf(observation.peerId)}`) }];
      case 'node':
        return [{ ...observation, nodeId }];
      case 'gossip':
        // Public channels are everybody's: told again they would be known already.
        return [];
    }
  };
  return observations.flatMap(renamed);
}

const START_NS = 1_767_225_600_000_000_000n;
const STEP_NS = 250_000_000n;
const NODE = NodeId(`02${'5a'.repeat(32)}`);

/** One channel that pays back and forth for ever: ten events a payment, as LDK tells them. */
class PayingChannel {
  readonly #channelId: ChannelId;
  readonly #outpoint: Outpoint;
  readonly #peer: NodeId;
  #payment = 0;
  #number = 0;
  #waiting: ChannelFact[] = [];

  constructor(nth: number) {
    const hash = createHash('sha256').update(`channel ${nth}`).digest('hex');
    this.#channelId = ChannelId(hash);
    this.#outpoint = Outpoint(`${Txid(hash)}:0`);
    this.#peer = NodeId(
      `03${createHash('sha256')
        .update(`peer ${nth % 200}`)
        .digest('hex')}`,
    );
    this.#waiting = [this.#opened()];
  }

  next(nth: number): ChannelObservation {
    if (this.#waiting.length === 0) this.#pay();
    const fact = this.#waiting.shift();
    if (fact === undefined) throw new Error('a paying channel always has something to tell');
    const atNs = START_NS + BigInt(nth) * STEP_NS;
    return {
      about: 'channel',
      chain: 'regtest',
      nodeId: NODE,
      channelId: this.#channelId,
      source: 'synthetic',
      happenedAtNs: atNs,
      timeBasis: 'recorded',
      recordedAtNs: atNs,
      evidence: `synthetic/${nth}`,
      key: String(nth),
      fact,
    };
  }

  #opened(): ChannelFact {
    const data = {
      channelId: this.#channelId,
      fundingOutpoint: this.#outpoint,
      peerId: this.#peer,
      opener: 'local',
      capacitySat: 1_000_000n,
      pushMsat: 500_000_000n,
      channelType: 'static_remotekey',
      isPrivate: false,
      local: { dustLimitSat: 354n },
      remote: { dustLimitSat: 354n },
      feeratePerKw: 253,
    } as const;
    return { type: 'ChannelOpened', data };
  }

  #pay(): void {
    const id = Math.floor(this.#payment / 2);
    const direction: 'offered' | 'received' = this.#payment % 2 === 0 ? 'offered' : 'received';
    const amountMsat = 1_000_000n + BigInt(id % 1000) * 1000n;
    const htlc: HtlcSeen = {
      id,
      direction,
      amountMsat,
      cltvExpiry: 800_000 + (this.#payment >> 4),
    };
    const removed = [{ id, direction, outcome: 'settled' as const }];
    const [first, last] = direction === 'offered' ? ['remote', 'local'] : ['local', 'remote'];
    const number = this.#number;
    this.#waiting.push(
      ...this.#round(first, number + 1, [htlc], []),
      ...this.#round(last, number + 1, [htlc], []),
      ...this.#round(last, number + 2, [], removed),
      ...this.#round(first, number + 2, [], removed),
    );
    this.#number += 2;
    this.#payment++;
  }

  #round(
    sideName: string | undefined,
    number: number,
    htlcs: HtlcSeen[],
    removed: Extract<ChannelFact, { type: 'CommitmentSeen' }>['data']['removed'],
  ): ChannelFact[] {
    const side = sideName === 'local' ? 'local' : 'remote';
    const txid = Txid(
      createHash('sha256').update(`${this.#channelId}${side}${number}`).digest('hex'),
    );
    const fundingOutpoint = this.#outpoint;
    const data = {
      side,
      number,
      fundingOutpoint,
      feeratePerKw: 253,
      htlcs,
      removed,
      txid,
    } as const;
    return [
      { type: 'CommitmentSeen', data },
      { type: 'CommitmentRevoked', data: { side, number: number - 1 } },
    ];
  }
}

/**
 * A record of about `events` events in 1,000 channels, one of which has a fifth of them. Seeded by
 * its size alone; made for measuring, never shown as a real record.
 */
export function* syntheticObservations(events: number): Generator<Observation> {
  const channels = Array.from({ length: 1000 }, (_, nth) => new PayingChannel(nth));
  // Ten events a payment come from eight observations.
  const observations = Math.round((events * 8) / 10);
  let turn = 0;
  for (let nth = 0; nth < observations; nth++) {
    const isBusy = nth % 5 === 4;
    const channel = channels[isBusy ? 0 : 1 + (turn++ % (channels.length - 1))];
    if (channel !== undefined) yield channel.next(nth);
  }
}
