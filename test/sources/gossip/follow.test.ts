import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import { ShortChannelId } from '../../../src/lightning/ids.ts';
import { checkedRecords } from '../../../src/sources/gossip/checked.ts';
import { gossipSource } from '../../../src/sources/gossip/live.ts';
import { readStore } from '../../../src/sources/gossip/store-file.ts';
import { GossipTranslator } from '../../../src/sources/gossip/translate.ts';
import { Tally } from '../../../src/sources/tally.ts';
import { announcementHex, inOrder, testKey, updateHex } from '../../ledger/signed-gossip.ts';
import { fileOf, recordingNode } from '../importing.ts';
import { amountMessage, recordBytes, storeBytes } from './stores.ts';

const followed = suite('a gossip store that is followed');

const [alice, bob] = inOrder(testKey('alice'), testKey('bob'));
const scid = ShortChannelId('103x1x0');
const funding = inOrder(testKey('funding 1'), testKey('funding 2'));
const announcement = hexToBytes(announcementHex(scid, [alice, bob], funding));
const updateAt = (timestamp: number) =>
  hexToBytes(
    updateHex(
      scid,
      {
        timestamp,
        direction: 0,
        isDisabled: false,
        cltvExpiryDeltaBlocks: 34,
        htlcMinimumMsat: 1n,
        htlcMaximumMsat: 99_000_000n,
        feeBaseMsat: BigInt(timestamp),
        feeProportionalMillionths: 10,
      },
      alice,
    ),
  );

followed('gives a record once it is whole, in however many pieces it is written', async () => {
  const path = fileOf('growing', storeBytes([{ message: amountMessage(1n) }]));
  const next = recordBytes({ message: amountMessage(2n) });
  const pieces = [next.subarray(0, 3), next.subarray(3, 15), next.subarray(15)];
  const stop = new AbortController();
  const amounts: number[] = [];
  const options = { signal: stop.signal, isFollowed: true, onProgress: () => undefined };
  for await (const read of readStore(path, options)) {
    if (read.kind === 'record') amounts.push(read.record.message[9] ?? -1);
    else {
      const piece = pieces.shift();
      if (piece === undefined) stop.abort();
      else appendFileSync(path, piece);
    }
  }
  equal(amounts, [1, 2]);
});

followed('is begun anew where lightningd wrote a new one over it', async () => {
  const path = fileOf('replaced', storeBytes([{ message: amountMessage(1n) }]));
  const stop = new AbortController();
  const amounts: number[] = [];
  const options = { signal: stop.signal, isFollowed: true, onProgress: () => undefined };
  let idles = 0;
  for await (const read of readStore(path, options)) {
    if (read.kind === 'record') amounts.push(read.record.message[9] ?? -1);
    else if (idles++ === 0) {
      const other = fileOf('replaced.new', storeBytes([{ message: amountMessage(7n) }]));
      renameSync(other, path);
    } else if (read.kind === 'idle') stop.abort();
  }
  equal(amounts, [1, 7]);
});

followed('goes on in the new file after the record that says it has ended', async () => {
  const ended = Buffer.concat([Buffer.of(0x10, 0x09), Buffer.alloc(8)]);
  const path = fileOf('ended', storeBytes([{ message: ended }]));
  const stop = new AbortController();
  const types: number[] = [];
  const options = { signal: stop.signal, isFollowed: true, onProgress: () => undefined };
  for await (const read of readStore(path, options)) {
    if (read.kind === 'record') types.push(read.record.type);
    if (types.length === 1) writeFileSync(path, storeBytes([{ message: amountMessage(1n) }]));
    if (types.length === 2) stop.abort();
  }
  equal(types, [4105, 4101]);
});

followed('is a live source: its node and chain first, and then what is added', async () => {
  const records = [{ message: announcement }, { message: updateAt(1_700_000_100) }];
  const path = fileOf('live', storeBytes(records));
  const stop = new AbortController();
  const warned: string[] = [];
  const say = () => undefined;
  const log = {
    debug: say,
    info: say,
    warn: (_: object, text: string) => warned.push(text),
    error: say,
  };
  const options = { file: path, node: recordingNode };
  const run = await gossipSource.start({
    signal: stop.signal,
    options,
    stateDirectory: '/nowhere',
    log,
    known: unasked,
  });
  equal(run.nodes, [{ chain: 'regtest', nodeId: recordingNode, source: 'gossip' }]);
  const types: string[] = [];
  for await (const { fact } of run.observations) {
    types.push(fact.type);
    if (types.length === 2) {
      appendFileSync(path, recordBytes({ message: updateAt(1_700_000_200), crc: 1 }));
      appendFileSync(path, recordBytes({ message: updateAt(1_700_000_300) }));
    }
    if (types.length === 3) stop.abort();
  }
  equal(types, ['PublicChannelAnnounced', 'PublicFeePolicyChanged', 'PublicFeePolicyChanged']);
  equal(warned, ['bad records']);
});

followed('waits with an announcement for the capacity that is written behind it', async () => {
  const path = fileOf('slow', storeBytes([{ message: announcement }]));
  const stop = new AbortController();
  const say = () => undefined;
  const run = await gossipSource.start({
    signal: stop.signal,
    options: { file: path, node: recordingNode },
    stateDirectory: '/nowhere',
    log: { debug: say, info: say, warn: say, error: say },
    known: unasked,
  });
  const capacities: unknown[] = [];
  const telling = (async () => {
    for await (const { fact } of run.observations) {
      capacities.push('capacitySat' in fact.data && fact.data.capacitySat);
      stop.abort();
    }
  })();
  // Longer than the store is left between two looks.
  await setTimeout(500);
  equal(capacities, []);
  appendFileSync(path, recordBytes({ message: amountMessage(1_000_000n) }));
  await telling;
  equal(capacities, [1_000_000n]);
});

followed(
  'tells no announcement of a store that was replaced before its capacity came',
  async () => {
    const path = fileOf('short', storeBytes([{ message: announcement }]));
    const whole = [{ message: announcement }, { message: amountMessage(1_000_000n) }];
    const stop = new AbortController();
    const options = { signal: stop.signal, isFollowed: true, onProgress: () => undefined };
    const nowNs = () => 1_800_000_000_000_000_000n;
    const tally = new Tally();
    const translator = new GossipTranslator({
      nodeId: recordingNode,
      chain: 'regtest',
      nowNs,
      tally,
    });
    let idles = 0;
    const reads = checkedRecords(readStore(path, options), translator, ({ kind }) => {
      if (kind === 'idle' && idles++ === 0)
        renameSync(fileOf('short.new', storeBytes(whole)), path);
    });
    for await (const { fact } of reads) {
      is('capacitySat' in fact.data && fact.data.capacitySat, 1_000_000n);
      stop.abort();
    }
    equal(tally.report().unread, []);
  },
);

followed('does not begin without a file, a node, or a chain that is named', async () => {
  const log = { debug: never, info: never, warn: never, error: never };
  const start = async (options: Record<string, string>) => {
    const signal = new AbortController().signal;
    try {
      await gossipSource.start({
        signal,
        options,
        stateDirectory: '/nowhere',
        log,
        known: unasked,
      });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return 'it began';
  };
  is(await start({}), 'name the store with --file PATH');
  const file = fileOf('empty-store', storeBytes([]));
  const unnamed = await start({ file });
  is(
    unnamed,
    'a gossip_store does not name the node that hears it: say it with --node ID (66 hex digits, as getinfo prints it)',
  );
  is(
    await start({ file, node: recordingNode }),
    `${file} holds no message yet that names its chain: say it with --chain NAME`,
  );
});

function unasked(): never {
  throw new Error('a store tells everything itself');
}

function never(): void {
  throw new Error('nothing was to be logged');
}

followed.run();
