import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import { childOf, nodeIdOfXprv } from '../../../src/sources/electrum/node-key.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import {
  CLOSED,
  crowded,
  cutAfter,
  fileOf,
  NODE,
  OPEN,
  observationsOf,
  opened,
  wallet,
} from './wallets.ts';

const refusals = suite('what is no readable wallet');

async function refusalOf(text: string | Uint8Array): Promise<string> {
  try {
    await observationsOf(text);
  } catch (error) {
    assert.instance(error, ImportError);
    return (error as ImportError).message;
  }
  return 'read';
}

refusals('is refused where it is encrypted, with what to do', async () => {
  // The first bytes of an encrypted wallet are the base64 of BIE1 or BIE2.
  for (const magic of ['QklFMQJz', 'QklFMgJz']) {
    assert.match(await refusalOf(`${magic}${'A'.repeat(400)}`), 'is encrypted with a password');
  }
});

refusals('is refused where it is something else', async () => {
  assert.match(await refusalOf(''), 'is no Electrum wallet');
  assert.match(await refusalOf('SQLite format 3\0'), 'is no Electrum wallet');
  assert.match(await refusalOf('{"channels": {}}'), 'is JSON and no Electrum wallet');
  assert.match(await refusalOf("{'seed_version': 4}"), 'an Electrum before 2.8');
  assert.match(
    await refusalOf(wallet.slice(0, 5000)),
    'is no whole Electrum wallet: it ends in the middle of the wallet, at byte 5000: copy it again while Electrum is closed',
  );
  assert.match(
    await refusalOf('{"seed_version": 1 2}'),
    'is no whole Electrum wallet: its JSON object, which ends at byte 21, cannot be read: copy it again',
  );
  assert.match(await refusalOf(Uint8Array.of(0x7b, 0xff, 0xfe)), 'no text (UTF-8)');
});

refusals('needs a node and a chain to be named where it names none', async () => {
  const base = JSON.parse(cutAfter(0)) as Record<string, unknown> & {
    channels: Record<string, { remote_update?: string }>;
  };
  const { lightning_xprv: _, ...keyless } = base;
  assert.match(await refusalOf(JSON.stringify(keyless)), 'name the node with --node');
  for (const channel of Object.values(base.channels)) delete channel.remote_update;
  assert.match(await refusalOf(JSON.stringify(base)), 'say it with --chain');
});

refusals('names a channel that is none, and reads the other', async () => {
  const base = JSON.parse(cutAfter(0));
  base.channels[OPEN].log['1'].settles['0'] = { '1': 3, '-1': 3 };
  const { observations, report } = await observationsOf(JSON.stringify(base));
  assert.is(report.read.channels, 1);
  assert.is(report.bad.named[0]?.reason, 'offered HTLC 0 is both settled and failed');
  assert.ok(observations.length > 50);
});

refusals('never names a value of the wallet', async () => {
  const secret = 'c72e72846a3f887925b409ba22f0f600e58bb1659d2df714900c78c4b0896eaf';
  const { report } = await observationsOf(cutAfter(0).replace(secret, `${secret}00`));
  assert.is(report.bad.count, 1);
  assert.not.match(JSON.stringify(report), secret);
});

refusals('leaves nothing beside the wallet and does not touch it', async () => {
  const directory = `${fileOf('')}-alone`;
  mkdirSync(directory);
  const path = join(directory, 'default_wallet');
  writeFileSync(path, wallet);
  chmodSync(path, 0o444);
  chmodSync(directory, 0o555);
  const before = statSync(path, { bigint: true });
  const run = await opened(path);
  let count = 0;
  for await (const _ of run.observations) count++;
  assert.ok(count > 200);
  assert.equal(readdirSync(directory), ['default_wallet']);
  const { mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  assert.equal([mtimeNs, ctimeNs], [before.mtimeNs, before.ctimeNs]);
  chmodSync(directory, 0o755);
});

refusals('is refused where it is larger than memory should be', async () => {
  const many = `{"seed_version": 57, "a": [${'[],'.repeat(3_000_001)}[]]}`;
  assert.match(await refusalOf(many), 'holds more values than any Electrum wallet');
  const large = Buffer.alloc(33 * 1024 * 1024, 0x20);
  large.write('{"seed_version": 57}');
  assert.match(await refusalOf(large), 'no Electrum wallet is larger than');
});

refusals.run();

const pruned = suite('a wallet whose update log is not whole');

pruned('is adopted, its past unknown, and no balance is made up', async () => {
  const base = JSON.parse(cutAfter(0));
  const { log } = base.channels[OPEN];
  for (const table of ['adds', 'locked_in', 'settles']) delete log['1'][table]['1'];
  const { observations, report } = await observationsOf(JSON.stringify(base));
  const facts = observations.flatMap((one) => {
    return one.about === 'channel' && one.channelId === OPEN ? [one.fact.type] : [];
  });
  assert.equal(facts, [
    'FundingConfirmed',
    'RecordingGap',
    'RecordingGap',
    'ChannelReady',
    'FeePolicyChanged',
  ]);
  assert.is(report.bad.count, 0);
});

pruned('counts no change that is in none of its commitments', async () => {
  const { observations } = await observationsOf(crowded(100, 'announced'));
  const gaps = observations.flatMap((one) => {
    return one.about === 'channel' && one.fact.type === 'RecordingGap' ? [one.fact.data] : [];
  });
  const newest = 2 * (4 * 480 + 100);
  // 960 HTLCs came, none went, and the first feerate is no change.
  const why = `its update log holds 960 changes, and commitment ${newest} is the newest`;
  assert.equal(
    gaps,
    ['local', 'remote'].map((side) => ({
      what: 'commitments',
      side,
      firstKnown: newest + 1,
      why,
    })),
  );
});

pruned.run();

const crowd = suite('a wallet of many commitments that hold many HTLCs');

/** What a thread with so little memory found: it dies where it does not suffice. */
async function pulled(path: string, most: number) {
  const thread = new Worker(new URL('./pulling.ts', import.meta.url), {
    workerData: { path, most },
    resourceLimits: { maxOldGenerationSizeMb: 96 },
  });
  const [found] = await once(thread, 'message');
  await once(thread, 'exit');
  return found;
}

crowd('is told one after the other, and none is kept', async () => {
  // 20,000 commitments of 960 HTLCs: kept together they are 150 MB of references alone.
  const path = fileOf(crowded(10_000, 'made'));
  assert.equal(await pulled(path, 1_000), { count: 1_000, bad: [] });
});

crowd('is named where no wallet has as many', async () => {
  const path = fileOf(crowded(12_000, 'made'));
  const why = 'its commitments hold more than 20000000 HTLCs together, and those of no wallet do';
  assert.equal(await pulled(path, 1_000), { count: 0, bad: [why] });
});

crowd.run();

const closes = suite('a close by a commitment of the peer');

async function kindWith(ctn: number): Promise<unknown> {
  const base = JSON.parse(cutAfter(0));
  base.channels[CLOSED].log['-1'].ctn = ctn;
  const { observations } = await observationsOf(JSON.stringify(base));
  const found = observations.find(({ fact }) => fact.type === 'ChannelClosed');
  return found?.fact.type === 'ChannelClosed' && found.fact.data.kind;
}

closes('is a breach once that commitment is revoked, and not before', async () => {
  // It is closed by commitment 21; `ctn` is the oldest that is not revoked.
  assert.is(await kindWith(21), 'remote-force');
  assert.is(await kindWith(22), 'breach');
});

closes.run();

const keys = suite('the node key of a wallet');

keys('is the one that Electrum derives', () => {
  assert.is(nodeIdOfXprv(JSON.parse(cutAfter(0)).lightning_xprv), NODE);
});

keys('follows BIP 32, test vector 2, chain m/0', () => {
  const chainCode = '60499f801b896d83179a4374aeb7822aaeaceaa0db1f85ee3e904c4defbd9689';
  const secret = '4b03d6fc340455b363f51020ad3ecca4f0850280cf436c70c727923f6db46c3e';
  const child = childOf({ chainCode: hexToBytes(chainCode), secret: hexToBytes(secret) }, 0);
  assert.is(
    bytesToHex(child.secret),
    'abe74a98f6c7eabee0428f53798f0ab8aa1bd37873999041703c742f15ac7e1e',
  );
});

keys('is none where a letter of it is another', () => {
  const xprv = String(JSON.parse(cutAfter(0)).lightning_xprv);
  assert.is(nodeIdOfXprv(xprv.replace('H', 'J')), undefined);
  assert.is(nodeIdOfXprv('0OIl'), undefined);
  assert.is(nodeIdOfXprv(7), undefined);
});

keys.run();
