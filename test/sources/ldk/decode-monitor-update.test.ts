import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex, concatBytes, hexToBytes } from '../../../src/lightning/bytes.ts';
import { bigsizeBytes, tlvStreamBytes } from '../../../src/lightning/wire.ts';
import { decodeMonitorUpdate } from '../../../src/sources/ldk/decode-monitor-update.ts';
import { pay } from '../../../src/sources/ldk/payments.ts';
import { ofKind, pairWithChannel } from './fixtures.ts';

const { network, alice, bob, records } = await pairWithChannel('monitor updates');
pay({ from: alice, to: bob, amountMsat: 50_000_123n });
await network.settle();
pay({ from: bob, to: alice, amountMsat: 150_000n });
await network.settle();
const written = [alice, bob].flatMap((node) =>
  [...node.identity.disk.monitors.values()].flatMap(({ updates }) => updates),
);

function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(bigsizeBytes(BigInt(bytes.length)), bytes);
}

/** An update with these (variant, TLV stream) steps. */
function update(...steps: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  return concatBytes(
    Uint8Array.of(1, 1),
    hexToBytes('0000000000000007'),
    hexToBytes(steps.length.toString(16).padStart(16, '0')),
    ...steps.flatMap(([variant, stream]) => [Uint8Array.of(variant), prefixed(stream)]),
    prefixed(new Uint8Array(0)),
  );
}

test('what LDK wrote is what the tap told, to the last byte', () => {
  assert.ok(written.length >= 10);
  const told = ofKind(records, 'persist-update').filter(({ node }) => node === alice.id);
  const decoded = [...alice.identity.disk.monitors.values()].flatMap(({ updates }) =>
    updates.map(decodeMonitorUpdate),
  );
  assert.equal(
    told.slice(-decoded.length).map((record) => record.update),
    decoded,
  );
  assert.is(ofKind(records, 'undecoded').length, 0);
});

test('an HTLC too small for an output is told without one', () => {
  const trimmed = ofKind(records, 'persist-update')
    .flatMap((record) => record.update.steps)
    .flatMap((step) => ('htlcs' in step ? step.htlcs : []))
    .filter(({ amountMsat }) => amountMsat === 150_000n);
  assert.ok(trimmed.length > 0);
  assert.ok(trimmed.every(({ outputIndex }) => outputIndex === null));
});

test('a step of a later release is named and does not hide the others', () => {
  const secret = tlvStreamBytes([
    { type: 0n, value: hexToBytes('0000fffffffffffe') },
    { type: 2n, value: new Uint8Array(32).fill(9) },
  ]);
  const later = tlvStreamBytes([{ type: 8n, value: Uint8Array.of(1, 2, 3) }]);
  assert.equal(decodeMonitorUpdate(update([77, later], [3, secret])).steps, [
    { step: 'unknown', variant: 77 },
    { step: 'commitment-secret', number: 1, secret: '09'.repeat(32) },
  ]);
});

test('the steps that a payment never makes are read too', () => {
  const preimage = tlvStreamBytes([{ type: 0n, value: new Uint8Array(32).fill(3) }]);
  const closed = tlvStreamBytes([{ type: 0n, value: Uint8Array.of(1) }]);
  const script = tlvStreamBytes([{ type: 0n, value: hexToBytes('00020014') }]);
  assert.equal(decodeMonitorUpdate(update([2, preimage], [4, closed], [5, script])).steps, [
    { step: 'preimage', preimage: '03'.repeat(32) },
    { step: 'force-closed', shouldBroadcast: true },
    { step: 'shutdown-script', script: '0014' },
  ]);
});

test('an update cut short at any byte is refused with a sentence', () => {
  for (const bytes of written.slice(0, 6)) {
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeMonitorUpdate(bytes.subarray(0, length)), /expected/);
    }
  }
});

test('bytes behind an update are refused', () => {
  const [first = new Uint8Array()] = written;
  assert.throws(
    () => decodeMonitorUpdate(concatBytes(first, Uint8Array.of(0))),
    /expected the end/,
  );
});

test('whatever bytes come, the answer is an update or an Error, and comes at once', () => {
  const index = fc.nat({ max: written.length - 1 });
  const edit = fc.record({ at: fc.nat({ max: 3_000 }), byte: fc.nat({ max: 255 }) });
  fc.assert(
    fc.property(index, fc.array(edit, { minLength: 1, maxLength: 4 }), (which, edits) => {
      const bytes = Uint8Array.from(written[which] ?? []);
      for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
      try {
        assert.is(typeof decodeMonitorUpdate(bytes).updateId, 'bigint');
      } catch (error) {
        assert.ok(error instanceof Error && /expected/.test(error.message), bytesToHex(bytes));
      }
    }),
    { numRuns: 3_000, seed: 20_260_101 },
  );
});

test('a count of steps that cannot be there reserves nothing', () => {
  const header = concatBytes(Uint8Array.of(1, 1), new Uint8Array(8), new Uint8Array(8).fill(255));
  assert.throws(() => decodeMonitorUpdate(header), /expected/);
});

test.run();
