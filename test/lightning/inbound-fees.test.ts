import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatBytes } from '../../src/lightning/bytes.ts';
import { parseChannelUpdate } from '../../src/lightning/gossip.ts';
import { inboundFeesOf } from '../../src/lightning/inbound-fees.ts';
import { tlvStreamBytes } from '../../src/lightning/wire.ts';
import { hex } from './fixtures.ts';

/** A channel_update of nothing but zeros, and what follows it. */
const updateWith = (tail: Uint8Array) =>
  parseChannelUpdate(concatBytes(hex('0102'), new Uint8Array(128), tail));
const tlv = (type: bigint, value: string) => tlvStreamBytes([{ type, value: hex(value) }]);

test('inbound fees are two signed integers in TLV 55555', () => {
  assert.equal(inboundFeesOf(updateWith(tlv(55555n, 'fffffc18ffffff9c'))), {
    baseMsat: -1000n,
    proportionalMillionths: -100,
  });
  assert.equal(inboundFeesOf(updateWith(tlv(55555n, '0000000100000002'))), {
    baseMsat: 1n,
    proportionalMillionths: 2,
  });
});

test('without that TLV, or with one of another length, nothing is said', () => {
  assert.is(inboundFeesOf(updateWith(hex(''))), undefined);
  assert.is(inboundFeesOf(updateWith(tlv(55557n, '0000000100000002'))), undefined);
  assert.is(inboundFeesOf(updateWith(tlv(55555n, '00000001000002'))), undefined);
  assert.is(inboundFeesOf(updateWith(hex('0503aabb'))), undefined);
});

test.run();
