import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeId } from '../../../src/lightning/ids.ts';
import {
  CLOSED,
  cutAfter,
  emptyLedger,
  importInto,
  NODE,
  NOW_NS,
  OPEN,
  observationsOf,
  opened,
  shownBy,
  WALLET_PATH,
  wallet,
} from './wallets.ts';

const imports = suite('an Electrum wallet imported');

const ledger = await emptyLedger();
const first = await importInto(ledger, wallet);

imports('says what was read, checked and cannot be told', () => {
  const { read, unread, bad, checked, cannotTell } = first.report;
  assert.equal(read, {
    'journal patches': 247,
    wallets: 1,
    channels: 2,
    HTLCs: 12,
    payments: 6,
  });
  assert.equal(unread, []);
  assert.equal(bad, { count: 0, named: [] });
  assert.equal(checked, {
    'revealed secrets': { valid: 7, bad: 0, notCheckable: 0 },
    'channel_update signatures': { valid: 2, bad: 0, notCheckable: 0 },
  });
  assert.is(cannotTell.length, 4);
  assert.is(first.quarantined, 0);
});

imports('tells the open channel as its update log has it', () => {
  const [channel, ...more] = ledger.channels();
  assert.is(more.length, 0);
  assert.is(channel?.nodeId, NODE);
  assert.is(channel?.channelId, OPEN);
  assert.is(channel?.status, 'open');
  assert.is(channel?.isAdopted, false);
  assert.is(channel?.shortChannelId, '2579583x479x2');
  assert.is(channel?.channelType, 'static_remotekey');
  assert.is(channel?.localTerms.csvDelayBlocks, 1008);
  assert.is(channel?.remoteTerms.csvDelayBlocks, 720);
  assert.is(channel?.local?.number, 25);
  assert.is(channel?.remote?.number, 25);
  assert.is(channel?.localRevoked, 24);
  assert.is(channel?.remoteRevoked, 24);
  // 400,000 sat, four payments with fees out, 100 and 125 sat in.
  assert.is(channel?.localBalanceMsat, 338_178_800n);
  assert.is(channel?.remoteBalanceMsat, 61_821_200n);
  assert.is(channel?.totals.sentMsat, 1_003_100n + 1_003_100n + 50_030_000n + 10_010_000n);
  assert.is(channel?.totals.receivedMsat, 225_000n);
  assert.is(channel?.totals.failedCount, 6);
  assert.is(channel?.fundingFeeSat, 190n);
  assert.is(channel?.remotePolicy?.feeBaseMsat, 1000n);
});

imports('tells how the other channel was closed by its transaction, not by its label', () => {
  const [channel] = ledger.closed();
  assert.is(channel?.channelId, CLOSED);
  assert.is(channel?.status, 'resolved');
  // The peer's commitment 21: it pays our fixed key, which is an address of the wallet, less the fee.
  assert.is(channel?.close.kind, 'remote-force');
  assert.is(channel?.close.commitmentNumber, 21);
  assert.is(channel?.close.height, 2_528_392);
  assert.is(channel?.close.closedAt, '2023-10-03T15:15:38.000000000Z');
  assert.is(channel?.close.feeSat, 183n);
  assert.is(channel?.close.settledBalanceSat, 302_364n);
  assert.is(channel?.close.outputs[0]?.outcome, 'claimed');
});

imports('has every commitment, and the peer’s signature where the wallet still had it', () => {
  const signed = (name: string) => {
    const numbers: unknown[] = [];
    let count = 0;
    for (const { data } of ledger.history(name, { types: ['CommitmentUpdated'] })) {
      count++;
      if (data.side === 'local' && data.signatures !== undefined) numbers.push(data.number);
    }
    return { numbers, count };
  };
  assert.equal(signed(OPEN), { numbers: [17, 18, 19, 20, 21, 22, 23, 24, 25], count: 52 });
  assert.equal(signed(CLOSED), { numbers: [21], count: 44 });
});

imports('has with each HTLC what rebuilding a commitment needs', () => {
  const added = [...ledger.history(OPEN, { types: ['HtlcAdded'] })];
  assert.is(added.length, 12);
  for (const { sealed } of added) {
    assert.is(sealed?.state === 'open' && String(sealed.fields.paymentHash).length, 64);
  }
  for (const { data } of ledger.history(OPEN, { types: ['CommitmentUpdated'] })) {
    assert.is(String(data.perCommitmentPoint).length, 66);
    assert.is(data.feeratePerKw, data.number === 0 ? 253 : 254);
  }
});

imports('puts the commitments in the order in which the journal shows them settled', () => {
  const settled: string[] = [];
  for (const [, side, number] of wallet.matchAll(
    /"path": "\/channels\/384e[0-9a-f]{60}\/log\/(-?1)\/ctn", "value": ([0-9]+)/g,
  )) {
    settled.push(`${side === '1' ? 'local' : 'remote'} ${number}`);
  }
  assert.is(settled.length, 15);
  const told = [...ledger.history(OPEN, { types: ['CommitmentUpdated'] })].map(({ data }) => {
    return `${data.side} ${data.number}`;
  });
  assert.equal(told.slice(-settled.length), settled);
});

imports('places what has no time between what has one, with its bounds', async () => {
  const { observations } = await observationsOf(wallet);
  // Between the offers of HTLC 1 and 2, 17:59:55 and 18:00:17, each known to the second.
  const fifth = observations.find(({ about, evidence }) => {
    return about === 'channel' && evidence === `/channels/${OPEN}/log local 5`;
  });
  assert.is(fifth?.timeBasis, 'interpolated');
  assert.is(fifth?.notBeforeNs, 1_708_970_395_000_000_000n);
  assert.is(fifth?.notAfterNs, 1_708_970_417_999_999_999n);
});

/** By `direction/id`, from the wallet's object and its journal: an add's fifth value is the second of its offer. */
function offersInWallet(): ReadonlyMap<string, number> {
  const offers = new Map<string, number>();
  const { channels } = JSON.parse(cutAfter(0)) as {
    channels: Record<string, { log: Record<string, { adds: Record<string, unknown[]> }> }>;
  };
  const directions = { '1': 'offered', '-1': 'received' } as const;
  for (const [key, direction] of Object.entries(directions)) {
    for (const [id, add] of Object.entries(channels[OPEN]?.log[key]?.adds ?? {})) {
      offers.set(`${direction}/${id}`, Number(add[4]));
    }
  }
  const added = /\/log\/(-?1)\/adds\/([0-9]+)", "value": \[[^\]]*, ([0-9]+)\]/g;
  for (const [, key, id, second] of wallet.matchAll(added)) {
    offers.set(`${directions[key === '1' ? '1' : '-1']}/${id}`, Number(second));
  }
  return offers;
}

imports(
  'tells each HTLC within the second of its offer, before the commitment that first holds it',
  () => {
    const offers = offersInWallet();
    assert.is(offers.size, 12);
    const added = [...ledger.history(OPEN, { types: ['HtlcAdded'] })].map(
      ({ data, timeBasis, atBounds }) => [`${data.direction}/${data.id}`, timeBasis, atBounds],
    );
    const expected = [...offers].map(([name, second]) => {
      const text = new Date(second * 1000).toISOString().slice(0, -'.000Z'.length);
      const atBounds = { notBefore: `${text}.000000000Z`, notAfter: `${text}.999999999Z` };
      return [name, 'interpolated', atBounds];
    });
    assert.equal(added, expected);
    const met = new Set<string>();
    for (const { type, data } of ledger.history(OPEN)) {
      if (type === 'HtlcAdded') met.add(`${data.direction}/${data.id}`);
      if (type !== 'CommitmentUpdated') continue;
      for (const direction of ['offered', 'received']) {
        const ids = data[direction];
        assert.ok(Array.isArray(ids));
        for (const id of ids) assert.ok(met.has(`${direction}/${id}`));
      }
    }
  },
);

imports('breaks no rule and leaves no problem', async () => {
  assert.equal(ledger.problems(), []);
  const { isSound, rules } = await ledger.verify({ signatures: true });
  assert.is(isSound, true);
  const checked = (name: string) => rules.find(({ rule }) => rule === name)?.checked;
  assert.is(checked('gossip-signatures'), 2);
  // Those whose points the wallet or its journal still has: the others' were worked out from the secrets.
  assert.is(checked('secret-matches-point'), 7);
  const derived = rules
    .find(({ rule }) => rule === 'secret-matches-point')
    ?.notCheckable.find(({ why }) => why === 'its point was worked out from it');
  assert.is(derived?.count, 39);
  // The peer's 25 and 21; the heads of two branches wait for a later one.
  assert.is(checked('secret-in-shachain'), 44);
  assert.is(checked('preimage-matches-hash'), 6);
  // 9 states of the open channel, 17 to 25, and 1 of the other, each rebuilt; two held an HTLC with an output.
  assert.is(checked('commitment-signatures'), 10);
  assert.is(checked('htlc-signatures'), 2);
  // Both ends' signatures of the funding output, in the witness of the close.
  assert.is(checked('close-signatures'), 2);
});

imports('appends nothing the second time', async () => {
  const again = await importInto(ledger, wallet);
  assert.is(again.events, 0);
  assert.is(again.quarantined, 0);
});

imports('knows its node by the key in it, and holds what was said against it', async () => {
  const other = '02bf82e22f99dcd7ac1de4aad5152ce48f0694c46ec582567f379e0adbf81e2d0f';
  const run = await opened(WALLET_PATH, { nodeId: NodeId(other) });
  let message = '';
  try {
    for await (const _ of run.observations) break;
  } catch (error) {
    message = String(error);
  }
  assert.match(message, `is the wallet of node ${NODE}, and --node says ${other}`);
});

imports('tells nothing later than it was read', async () => {
  const { observations } = await observationsOf(wallet);
  for (const { happenedAtNs, recordedAtNs } of observations) {
    assert.is(recordedAtNs, NOW_NS);
    assert.ok(happenedAtNs <= NOW_NS);
  }
});

imports('shows no secret in evidence, keys and the report', async () => {
  const { observations, report } = await observationsOf(wallet);
  const open = JSON.stringify([observations.map(({ evidence, key }) => [evidence, key]), report]);
  const ids = new Set([OPEN, CLOSED]);
  for (const [hex] of wallet.matchAll(/[0-9a-f]{64,}/g)) {
    if (!ids.has(hex)) assert.not.ok(open.includes(hex), 'a value of the wallet is shown');
  }
});

imports.run();

const growing = suite('a wallet that grows');

const whole = shownBy(ledger);
/** In the middle of a signature, of a revocation, of an HTLC's end, and between them. */
const CUTS = [0, 1, 2, 3, 7, 9, 12, 16, 18, 22, 25, 34, 42, 46, 69, 83, 95, 120, 148, 178, 247];

for (const cut of CUTS) {
  growing(
    `imported after ${cut} patches and again at its end is the same as the whole`,
    async () => {
      const grown = await emptyLedger();
      const before = await importInto(grown, cutAfter(cut));
      assert.is(before.quarantined, 0);
      const after = await importInto(grown, wallet);
      assert.is(after.quarantined, 0);
      assert.is(before.events + after.events, first.events);
      assert.equal(shownBy(grown), whole);
      await grown.close();
    },
  );
}

growing('imported after each of many patches adds only what is new', async () => {
  const grown = await emptyLedger();
  let events = 0;
  for (const cut of CUTS) {
    const step = await importInto(grown, cutAfter(cut));
    assert.is(step.quarantined, 0);
    events += step.events;
  }
  assert.is(events, first.events);
  assert.equal(shownBy(grown), whole);
  await grown.close();
});

growing('imported as an older copy after the newer one changes nothing', async () => {
  const grown = await emptyLedger();
  await importInto(grown, wallet);
  for (const cut of CUTS) {
    const older = await importInto(grown, cutAfter(cut));
    assert.is(older.events, 0, `after ${cut} patches`);
    assert.is(older.quarantined, 0);
  }
  assert.equal(shownBy(grown), whole);
  await grown.close();
});

growing('that a crash tore is read up to there, and the torn record is named', async () => {
  const torn = wallet.slice(0, cutAfter(10).length + 40);
  const { report } = await observationsOf(torn);
  assert.is(report.read['journal patches'], 10);
  assert.is(report.bad.count, 1);
  assert.match(report.bad.named[0]?.place ?? '', /journal record 11 at byte [0-9]+$/);
});

growing('is named with the byte at which its record stands', async () => {
  const patch = '{"op": "replace", "path": "/channels/none/state", "value": "OPEN"}';
  const text = `${cutAfter(3)},\n${patch}`;
  const { report } = await observationsOf(text);
  const byte = Buffer.byteLength(text) - Buffer.byteLength(patch);
  assert.match(report.bad.named[0]?.place ?? '', `journal record 4 at byte ${byte}`);
  assert.match(report.bad.named[0]?.reason ?? '', 'what it changes is not there');
});

growing.run();
