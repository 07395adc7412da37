/** lightningd.sqlite3 of every schema at hand, as the ledger shows it afterwards. */
import { Transaction } from '@scure/btc-signer';
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import { fundingScript } from '../../../src/lightning/closing.ts';
import { isDigestSignedBy } from '../../../src/lightning/signatures.ts';
import {
  CHANNEL,
  changedDatabase,
  FUNDING,
  type Imported,
  importCln,
  L1,
  L2,
  ledgerOf,
  realDatabase,
} from './real-cln.ts';

const test = suite("lightningd's database");
const l1 = await importCln([realDatabase('l1-before-moves-in-db')]);
const l2 = await importCln([realDatabase('l2-before-moves-in-db')]);
const closing = await importCln([realDatabase('l1-missed-p2wpkh-CLOSINGD_COMPLETE')]);
const closed = await importCln([realDatabase('l2-missed-p2wpkh-CLOSED')]);
const forwarding = await importCln([realDatabase('v0.12.1-forward')], {
  nodeId: L1,
  chain: 'regtest',
});
const all: readonly (readonly [string, Imported])[] = [
  ['l1', l1],
  ['l2', l2],
  ['closing', closing],
  ['closed', closed],
  ['forwarding', forwarding],
];

type FactOf<Type extends ChannelFact['type']> = Extract<ChannelFact, { readonly type: Type }>;

function factsOf<Type extends ChannelFact['type']>(
  { observations }: Imported,
  type: Type,
): readonly FactOf<Type>[] {
  return observations.flatMap(({ about, fact }) => {
    return about === 'channel' && fact.type === type ? [fact as FactOf<Type>] : [];
  });
}

test('tells what the funding transaction paid, where the wallet knows what it spends', () => {
  const fees = [l1, l2, closing].map((node) => factsOf(node, 'FundingConfirmed')[0]?.data.feeSat);
  // bkpr-listaccountevents of l1: onchain_fee 4927000msat.
  equal(fees, [4_927n, undefined, 4_927n]);
});

test('says whose it is, and shows the channel with the balance to the msat', async () => {
  const ledger = await ledgerOf(l1);
  const [channel, ...others] = ledger.channels();
  equal(others, []);
  ok(channel);
  const { nodeId, channelId, peerId, fundingOutpoint, status, capacitySat, opener } = channel;
  equal(
    { nodeId, channelId, peerId, fundingOutpoint, status, capacitySat, opener },
    {
      nodeId: L1,
      channelId: CHANNEL,
      peerId: L2,
      fundingOutpoint: FUNDING,
      status: 'open',
      capacitySat: 1_000_000n,
      opener: 'local',
    },
  );
  is(channel.shortChannelId, '103x1x0');
  is(channel.confirmedHeight, 103);
  is(channel.channelType, 'anchors_zero_fee_htlc_tx');
  is(channel.localBalanceMsat, 987_654_322n);
  is(channel.remoteBalanceMsat, 12_345_678n);
  is(channel.precision, 'msat');
  is(channel.readyAt, '2025-08-11T07:18:36.081047211Z');
  equal([channel.local?.number, channel.remote?.number, channel.remoteRevoked], [2, 2, 1]);
  equal([channel.local?.feeratePerKw, channel.remote?.feeratePerKw], [3755, 3755]);
  // our_funding_satoshi is 1000000, push_msatoshi 0.
  const openingLocalMsat = 1_000_000_000n;
  equal(channel.statedTotals, { sentMsat: 12_345_678n, receivedMsat: 0n, openingLocalMsat });
  equal([channel.totals.sentMsat, channel.totals.sentCount], [12_345_678n, 1]);
});

test('the two databases of one channel are its two ends, and mirror each other', async () => {
  const ledger = await ledgerOf(l1, l2);
  const [one, other] = [L1, L2].map((id) => ledger.channels().find((c) => c.nodeId === id));
  ok(one !== undefined && other !== undefined);
  is(one.localBalanceMsat, other.remoteBalanceMsat);
  is(one.remoteBalanceMsat, other.localBalanceMsat);
  is(one.totals.sentMsat, other.totals.receivedMsat);
  for (const [mine, theirs] of [
    [one.local, other.remote],
    [one.remote, other.local],
  ] as const) {
    ok(mine !== undefined && theirs !== undefined);
    is(mine.number, theirs.number);
    is(mine.localBalanceMsat, theirs.remoteBalanceMsat);
    equal(mine.offered, theirs.received);
  }
  equal(one.localTerms, other.remoteTerms);
  equal(one.remoteTerms, other.localTerms);
  const differences = ledger.problems().filter(({ kind }) => kind !== 'gap');
  equal(differences, []);
  const { rules } = await ledger.verify();
  const mirrors = rules.find(({ rule }) => rule === 'ends-mirror');
  // Balance and HTLCs of two commitments; peer, opener, type, capacity, short channel id, height.
  equal(mirrors, { rule: 'ends-mirror', checked: 10, broken: 0, notCheckable: [] });
  const alone = await (await ledgerOf(l1)).verify();
  equal(alone.rules.find(({ rule }) => rule === 'ends-mirror')?.checked, 0);
});

test('two ends that do not mirror are found to differ', async () => {
  const spoilt = l2.observations.map((observation) => {
    if (observation.about !== 'channel' || observation.fact.type !== 'CommitmentSeen')
      return observation;
    const { fact } = observation;
    const data = {
      ...fact.data,
      balances: { localBalanceMsat: 12_345_000n, remoteBalanceMsat: 987_655_000n },
    };
    const { stated: _, ...unstated } = data;
    return { ...observation, fact: { ...fact, data: unstated } };
  });
  const ledger = await ledgerOf(l1, { ...l2, observations: spoilt });
  const kinds = new Set(ledger.problems().map(({ kind }) => kind));
  ok(kinds.has('ends-differ'), [...kinds].join());
  const { isSound, broken } = await ledger.verify();
  is(isSound, false);
  ok(broken.some(({ rule, where }) => rule === 'ends-mirror' && where.startsWith('both ends of')));
});

test('every database keeps every rule, and what its last transaction states follows', async () => {
  for (const [name, imported] of all) {
    const ledger = await ledgerOf(imported);
    const { isSound, broken, rules } = await ledger.verify();
    equal(broken, [], name);
    ok(isSound, name);
    equal(
      ledger.problems().filter(({ kind }) => kind !== 'gap'),
      [],
      name,
    );
    const checked = rules.find(({ rule }) => rule === 'stated-equals-derived')?.checked;
    const commitments = factsOf(imported, 'CommitmentSeen').filter(({ data }) => data.stated);
    is(checked, commitments.length, name);
  }
});

test('told again, nothing is recorded', async () => {
  for (const [name, imported] of all) {
    const ledger = await ledgerOf(imported);
    const report = await ledger.record(imported.observations);
    equal([report.events, report.quarantined], [0, 0], name);
  }
});

test("4 commitments and 5 mutual closes are kept with the peer's signature, each of which is right", () => {
  const found = { commitment: 0, 'cooperative-close': 0 };
  for (const [name, imported] of all) {
    for (const observation of imported.observations) {
      if (observation.about !== 'channel' || observation.fact.type !== 'TransactionKept') continue;
      const { data, secret } = observation.fact;
      if (data.purpose !== 'commitment' && data.purpose !== 'cooperative-close') continue;
      const { local, remote, capacitySat = 0n } = observation.context ?? {};
      const [ours, theirs] = [local?.fundingPubkey, remote?.fundingPubkey];
      ok(ours !== undefined && theirs !== undefined && secret !== undefined, name);
      const signature = data.signatures?.commitment ?? '';
      // An implementation of BIP 143 that is not ours.
      const transaction = Transaction.fromRaw(hexToBytes(secret.raw), {
        allowUnknownOutputs: true,
        allowUnknownInputs: true,
      });
      const script = fundingScript(hexToBytes(ours), hexToBytes(theirs));
      const digest = transaction.preimageWitnessV0(0, script, 1, capacitySat);
      ok(
        isDigestSignedBy(hexToBytes(signature), digest, hexToBytes(theirs)),
        `${name} ${data.txid}`,
      );
      found[data.purpose]++;
    }
  }
  equal(found, { commitment: 4, 'cooperative-close': 5 });
});

test('revealed secrets stand by their commitment numbers', () => {
  const numbers = all.map(([name, imported]) => [
    name,
    factsOf(imported, 'CommitmentRevoked').map(({ data }) => data.number),
  ]);
  equal(numbers, [
    ['l1', [0, 1]],
    ['l2', [0, 1]],
    ['closing', [0]],
    ['closed', []],
    ['forwarding', [1, 2, 3, 1, 2, 3]],
  ]);
});

test('a closed channel is told with its cause, transaction, block, fee and outputs, and its gaps', async () => {
  const ledger = await ledgerOf(forwarding);
  const views = ledger.closed();
  equal(
    views.map(({ shortChannelId, status, close }) => {
      const { kind, initiator, startedBy, reason, sourceReason, closingTxid, height, feeSat } =
        close ?? {};
      const said = {
        kind,
        initiator,
        startedBy,
        reason,
        sourceReason,
        closingTxid,
        height,
        feeSat,
      };
      return { shortChannelId, status, ...said };
    }),
    [
      {
        shortChannelId: '110x2x0',
        status: 'resolved',
        kind: 'cooperative',
        initiator: 'remote',
        startedBy: 'remote',
        reason: 'remote',
        sourceReason: 'Peer closes channel',
        closingTxid: '667ce8ae7000b79fac152c38183a84a8679d79ac8aeda0df5853c7e472254bc7',
        height: 116,
        feeSat: 2_076n,
      },
      {
        shortChannelId: '110x1x0',
        status: 'resolved',
        kind: 'cooperative',
        initiator: 'remote',
        startedBy: 'remote',
        reason: 'remote',
        sourceReason: 'Peer closes channel',
        closingTxid: '3a066fea8d85665e99347a64cc0063024cde397c5d1726f42459b58b778f2a06',
        height: 116,
        feeSat: 2_075n,
      },
    ],
  );
  for (const { gaps } of views) ok(gaps.some(({ what }) => what === 'htlcs'));
});

test('what a close paid to us is unknown where nothing says which output was ours', async () => {
  const settled = async (...statements: readonly string[]) => {
    const path = changedDatabase('l2-missed-p2wpkh-CLOSED', ...statements);
    return factsOf(await importCln([path]), 'ChannelClosed').map(({ data }) => [
      ...data.outputs.map(({ what, valueSat }) => `${what} ${valueSat}`),
      data.settledBalanceSat,
    ]);
  };
  const theirs = ['cooperative-remote 997930', 0n];
  equal(await settled(), [theirs, ['cooperative-local 997930', 997_930n]]);
  const forget = (side: string) => `UPDATE channels SET shutdown_scriptpubkey_${side} = NULL`;
  equal(await settled(forget('local')), [theirs, ['unknown 997930', undefined]]);
});

test('HTLCs of channels that are not closed are there, each with how it ended', async () => {
  const ledger = await ledgerOf(forwarding);
  const open = ledger.channels();
  equal(
    open.map(({ shortChannelId, totals }) => {
      const { receivedMsat, receivedCount, sentMsat, sentCount } = totals;
      return [shortChannelId, receivedMsat, receivedCount, sentMsat, sentCount];
    }),
    [
      ['103x1x0', 0n, 0, 20_000n, 2],
      ['103x2x1', 20_002n, 2, 0n, 0],
    ],
  );
});

test('forwards of the older table are told, with HTLC ids where they are still known', async () => {
  const ledger = await ledgerOf(forwarding);
  equal(
    ledger.forwards().map(({ at, amountInMsat, amountOutMsat, feeMsat, incomingHtlcId }) => {
      return [at, amountInMsat, amountOutMsat, feeMsat, incomingHtlcId];
    }),
    [
      ['2022-09-25T03:11:04.221951417Z', 10_001n, 10_000n, 1n, 0],
      ['2022-09-25T03:11:06.261909733Z', 10_001n, 10_000n, 1n, undefined],
      ['2022-09-25T03:11:08.291111097Z', 10_001n, 10_000n, 1n, 1],
      ['2022-09-25T03:11:10.299578914Z', 10_001n, 10_000n, 1n, undefined],
    ],
  );
});

test('nothing secret stands in keys or evidence', () => {
  for (const [name, { observations }] of all) {
    for (const { key, evidence, fact, about } of observations) {
      const secrets =
        about === 'channel' && 'secret' in fact ? Object.values(fact.secret ?? {}) : [];
      for (const secret of secrets.flat()) {
        ok(!`${key} ${evidence}`.includes(String(secret)), `${name} ${key}`);
      }
    }
  }
});

test.run();
