/** A leased channel in lnd's database: no real file holds one, so bits and a value of one are changed. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileOf, observationsOf, realBytes } from './importing.ts';

test('the end of a lease is told with the channel, where lnd keeps the height of its thaw', async () => {
  const bytes = Buffer.from(realBytes('chantools-open-channels.channel.db'));
  const [info, dropped] = ['chan-info-key', 'revocation-state-key'];
  // Instead of a value that is longer: lnd's `frozen-chans`, four bytes (`StoreThawHeight`).
  for (let at = bytes.indexOf(dropped); at >= 0; at = bytes.indexOf(dropped, at + 1)) {
    const page = at - (at % 4096);
    const type = bytes.indexOf(info, page) + info.length;
    bytes[type] = (bytes[type] ?? 0) | (1 << 6);
    // A leaf's element: its flags, its key's place and the lengths of key and value (bbolt, `leafPageElement`).
    for (let element = page + 16; element < at; element += 16) {
      if (element + bytes.readUInt32LE(element + 4) !== at) continue;
      bytes.writeUInt32LE('frozen-chans'.length, element + 8);
      bytes.writeUInt32LE(4, element + 12);
    }
    bytes.write('frozen-chans', at);
    bytes.writeUInt32BE(800_000, at + 'frozen-chans'.length);
  }
  const { told, tally } = await observationsOf([fileOf('channel.db', bytes)]);
  assert.is(tally.bad.count, 0);
  const contexts = told.flatMap((one) => {
    return one.about === 'channel' && one.fact.type === 'CommitmentSeen' ? [one.context] : [];
  });
  assert.ok(contexts.length > 0);
  assert.equal(
    new Set(contexts.map((one) => `${one?.channelType} ${one?.leaseExpiryHeight}`)),
    new Set(['unknown 800000']),
  );
});

test.run();
