/** Small networks and records for the tests of the LDK source. */

import { openChannel } from '../../../src/sources/ldk/channel-actions.ts';
import type { SimulatedNetwork } from '../../../src/sources/ldk/network.ts';
import { SimulatedNetwork as Network } from '../../../src/sources/ldk/network.ts';
import type { LdkNode } from '../../../src/sources/ldk/node.ts';
import type { TapKind, TapRecord } from '../../../src/sources/ldk/taps.ts';

/** The records of one kind, as that kind. */
export function ofKind<Kind extends TapKind>(
  records: readonly TapRecord[],
  kind: Kind,
): readonly Extract<TapRecord, { readonly kind: Kind }>[] {
  return records.filter((record): record is Extract<TapRecord, { readonly kind: Kind }> => {
    return record.kind === kind;
  });
}

export interface Pair {
  readonly network: SimulatedNetwork;
  readonly alice: LdkNode;
  readonly bob: LdkNode;
  readonly records: TapRecord[];
}

/** alice and bob with one usable channel of a million satoshi, 400,000 of them bob's. */
export async function pairWithChannel(seed: string): Promise<Pair> {
  const records: TapRecord[] = [];
  const network = await Network.create({ seed, sink: (record) => records.push(record) });
  const alice = network.addNode('alice');
  const bob = network.addNode('bob');
  await network.mine(2, alice.identity.wallet.script);
  await network.connect(alice, bob);
  const pushSat = 400_000n;
  openChannel({ from: alice, to: bob, capacitySat: 1_000_000n, pushSat, isAnnounced: true });
  await network.settle();
  await network.mine(6);
  return { network, alice, bob, records };
}
