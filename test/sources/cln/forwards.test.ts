/**
 * The four forwards of a real node, by its database and by `listforwards`. Expected are the rows of
 * `forwarded_payments`: each 10001 msat in and 10000 out, of two channels the incoming HTLC is deleted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { temporaryDirectory } from '../../store/sample-events.ts';
import { type Imported, importCln, L1, ledgerOf, realDatabase } from './real-cln.ts';

const test = suite('forwards of Core Lightning');
const named = { nodeId: L1, chain: 'regtest' };
const directory = temporaryDirectory();

/** peers.node_id of channels 1 and 2; of channels 3 and 4, which are closed, the peer is deleted. */
const WEST = '022d223620a359a47ff7f7ac447c85c46c923da53389221a0054c11c1e3ca31d59';
const EAST = '035d2b1192dfba134e10e540875d366ebc8bc353d5aa766b80c090b39c3a5d885d';

const ROWS = [
  { received: '1664075462.733', resolved: '1664075464.221', from: '103x2x1', to: '103x1x0' },
  { received: '1664075464.787', resolved: '1664075466.261', from: '110x2x0', to: '110x1x0' },
  { received: '1664075466.829', resolved: '1664075468.291', from: '103x2x1', to: '110x1x0' },
  { received: '1664075468.831', resolved: '1664075470.299', from: '110x2x0', to: '103x1x0' },
] as const;

/** As lightning-cli prints the rows, with the ids of the incoming HTLCs that it still has. */
function listforwards(name: string, inHtlcIds: readonly (number | undefined)[], more = ''): string {
  const printed = ROWS.map(({ received, resolved, from, to }, nth) => {
    const id = inHtlcIds[nth] === undefined ? '' : `"in_htlc_id": ${inHtlcIds[nth]}, `;
    const ends = `"in_channel": "${from}", ${id}"out_channel": "${to}", "status": "settled"`;
    const amounts = '"in_msat": 10001, "out_msat": 10000, "fee_msat": 1, "style": "tlv"';
    return `{${ends}, ${amounts}, "received_time": ${received}, "resolved_time": ${resolved}}`;
  });
  const path = join(directory, `${name}.json`);
  writeFileSync(path, `{"forwards": [${printed.join(', ')}${more}]}`);
  return path;
}

const database = await importCln([realDatabase('v0.12.1-forward')], named);
const listed = async (name: string, ids: readonly (number | undefined)[]): Promise<Imported> =>
  importCln([listforwards(name, ids)], named);
const lists = [
  await listed('as-the-database', [0, undefined, 1, undefined]),
  await listed('with-all-ids', [0, 0, 1, 1]),
  await listed('without-ids', []),
];

/** What the answers have of the forwards, without which of the tellers they are from. */
function answersOf(ledger: Ledger) {
  const names = new Map<string | undefined, string | undefined>(
    [...ledger.channels(), ...ledger.closed()].map((c) => [c.channelId, c.shortChannelId]),
  );
  const nameOf = (id: string | undefined) => names.get(id) ?? id;
  return {
    each: ledger.forwards().map((f) => {
      const ends = [nameOf(f.incomingChannelId), nameOf(f.outgoingChannelId)];
      return [...ends, f.amountInMsat, f.amountOutMsat, f.feeMsat];
    }),
    byChannel: ledger.forwardSums('channel').map((sum) => {
      const { by, forwardedInCount, amountInMsat, forwardedCount, amountOutMsat, feeMsat } = sum;
      return [nameOf(by), forwardedInCount, amountInMsat, forwardedCount, amountOutMsat, feeMsat];
    }),
    byPeer: ledger
      .forwardSums('peer')
      .map(({ by, forwardedInCount, forwardedCount }) => [by, forwardedInCount, forwardedCount]),
    channels: [...ledger.channels(), ...ledger.closed()].map((c) => {
      const { forwardedMsat, forwardedCount, feesEarnedMsat, isForwardedAtLeast } = c.lifetime;
      const out = [forwardedCount, forwardedMsat, feesEarnedMsat];
      return [c.shortChannelId, c.forwardedInCount, c.forwardedInMsat, ...out, isForwardedAtLeast];
    }),
    booked: ledger
      .accounting()
      .entries.filter(({ type }) => !type.startsWith('channel-') && !type.endsWith('-fee'))
      .map(({ type, creditMsat, debitMsat }) => [type, creditMsat, debitMsat]),
    unknown: ledger.accounting().unknownAmounts.filter(({ what }) => what !== 'open-fee'),
  };
}

const byName = (all: readonly (readonly unknown[])[]) =>
  [...all].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

const TOLD = {
  each: ROWS.map(({ from, to }) => [from, to, 10_001n, 10_000n, 1n]),
  byChannel: [
    ['103x1x0', 0, 0n, 2, 20_000n, 2n],
    ['103x2x1', 2, 20_002n, 0, 0n, 0n],
    ['110x1x0', 0, 0n, 2, 20_000n, 2n],
    ['110x2x0', 2, 20_002n, 0, 0n, 0n],
  ],
  byPeer: [
    [WEST, 2, 0],
    [EAST, 0, 2],
    ['unknown', 2, 2],
  ],
  channels: [
    ['103x1x0', 0, 0n, 2, 20_000n, 2n, true],
    ['103x2x1', 2, 20_002n, 0, 0n, 0n, true],
    ['110x1x0', 0, 0n, 2, 20_000n, 2n, true],
    ['110x2x0', 2, 20_002n, 0, 0n, 0n, true],
  ],
  booked: ROWS.map(() => ['forward', 1n, 0n]),
  unknown: [],
};

async function told(...imports: readonly Imported[]) {
  const ledger = await ledgerOf(...imports);
  const { byChannel, channels, ...answers } = answersOf(ledger);
  equal((await ledger.verify()).broken, []);
  await ledger.close();
  return { ...answers, byChannel: byName(byChannel), channels: byName(channels) };
}

test('are told by the database: each HTLC that is left of them is theirs, and no payment', async () => {
  equal(await told(database), TOLD);
});

test('that the list tells too are the same four, in either order', async () => {
  for (const list of lists) {
    equal(await told(database, list), TOLD);
    equal(await told(list, database), TOLD);
  }
  equal(await told(...lists, database), TOLD);
});

test('of a list alone are told by what it calls the channels', async () => {
  for (const list of lists) {
    const ledger = await ledgerOf(list);
    equal(
      ledger.forwards().map((f) => [f.incomingShortChannelId, f.outgoingShortChannelId, f.feeMsat]),
      ROWS.map(({ from, to }) => [from, to, 1n]),
    );
    await ledger.close();
  }
});

test('that are under way are counted as not read', async () => {
  const offered =
    ', {"in_channel": "103x2x1", "in_htlc_id": 9, "in_msat": 5, "status": "offered", "received_time": 1664075471.0}';
  const { observations, tally } = await importCln([listforwards('more', [], offered)], named);
  is(observations.length, 4);
  equal(
    [tally.read.forwards, tally.unread],
    [
      5,
      [
        {
          kind: 'forwards under way',
          count: 1,
          why: 'neither their end nor what they earn is decided yet',
        },
      ],
    ],
  );
});

test.run();
