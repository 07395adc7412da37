import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ShortChannelId } from '../../src/lightning/ids.ts';
import {
  bigsizeBytes,
  type TlvRecord,
  tlvStreamBytes,
  WireReader,
} from '../../src/lightning/wire.ts';
import { fixtureText, hex, mayOnlyRefuse, refuses } from './fixtures.ts';

interface BigsizeVector {
  readonly name: string;
  readonly value: string;
  readonly bytes: string;
  readonly exp_error?: string;
}
// The largest value is beyond what a JSON number holds.
const quoted = fixtureText('bolts/bolt1-bigsize-signed.json').replace(
  /"value": (-?\d+)/g,
  '"value": "$1"',
);
const { blocks }: { blocks: readonly (readonly BigsizeVector[])[] } = JSON.parse(quoted);
const [decoding = [], encoding = []] = blocks;

interface TlvVector {
  readonly namespace: 'any' | 'n1' | 'n2';
  readonly valid: boolean;
  readonly stream: string;
  readonly reason?: string;
  readonly values?: string;
}
const { tests: tlvVectors }: { tests: readonly TlvVector[] } = JSON.parse(
  fixtureText('bolts/bolt1-tlv.json'),
);

test('BOLT 1 appendix A: every BigSize decoding vector', () => {
  assert.is(decoding.length, 18);
  for (const { value, bytes, exp_error } of decoding) {
    const reader = new WireReader(hex(bytes), 'bigsize');
    if (exp_error === undefined) {
      assert.is(reader.bigsize(), BigInt(value));
      reader.end();
    } else {
      refuses(() => reader.bigsize(), /canonical/.test(exp_error) ? /shortest/ : /more bytes/);
    }
  }
});

test('BOLT 1 appendix A: every BigSize encoding vector', () => {
  assert.is(encoding.length, 8);
  for (const { value, bytes } of encoding) assert.equal(bigsizeBytes(BigInt(value)), hex(bytes));
  refuses(() => bigsizeBytes(-1n));
  refuses(() => bigsizeBytes(1n << 64n));
});

/** The two namespaces that BOLT 1 appendix B defines for its vectors. */
const N1 = new Set([1n, 2n, 3n, 254n]);
const N2 = new Set([0n, 11n]);

function readN1({ type, value }: TlvRecord): string | undefined {
  const reader = new WireReader(value, 'n1');
  const field = () => {
    if (type === 1n) return `\`tlv1\` \`amount_msat\`=${reader.truncated(8)}`;
    if (type === 2n) return `\`tlv2\` \`scid\`=${ShortChannelId(reader.u64())}`;
    if (type === 3n) {
      const point = reader.bytes(33);
      if (point[0] !== 2 && point[0] !== 3) throw new Error('"node_id" expected a point, got none');
      const node = Buffer.from(point).toString('hex');
      const [first, second] = [reader.u64(), reader.u64()];
      return `\`tlv3\` \`node_id\`=${node} \`amount_msat_1\`=${first} \`amount_msat_2\`=${second}`;
    }
    return type === 254n ? `\`tlv4\` \`cltv_delta\`=${reader.u16()}` : undefined;
  };
  const text = field();
  if (text !== undefined) reader.end();
  return text;
}

function readVector({ namespace, stream }: TlvVector): readonly string[] {
  const records = new WireReader(hex(stream), 'tlv').tlvStream(namespace === 'n2' ? N2 : N1);
  return namespace === 'n2' ? [] : records.flatMap((record) => readN1(record) ?? []);
}

test('BOLT 1 appendix B: every stream that must fail fails', () => {
  const failing = tlvVectors.filter(({ valid }) => !valid);
  assert.is(failing.length, 38);
  for (const vector of failing) refuses(() => readVector(vector));
});

test('BOLT 1 appendix B: every stream that must succeed gives its values', () => {
  const succeeding = tlvVectors.filter(({ valid }) => valid);
  assert.is(succeeding.length, 19);
  for (const vector of succeeding) {
    assert.equal(readVector(vector), vector.values === undefined ? [] : [vector.values]);
  }
});

test('a TLV stream survives the way there and back', () => {
  const record = fc.record(
    {
      type: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      value: fc.uint8Array({ maxLength: 300 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(record, { selector: ({ type }) => type, maxLength: 8 }),
      (records) => {
        const rising = records.sort((a, b) => (a.type < b.type ? -1 : 1));
        assert.equal(new WireReader(tlvStreamBytes(rising)).tlvStream(), rising);
      },
    ),
    { seed: 5 },
  );
});

test('any bytes are a TLV stream or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      mayOnlyRefuse(() => {
        assert.equal(tlvStreamBytes(new WireReader(bytes).tlvStream()), bytes);
      });
    }),
    { seed: 6, numRuns: 2000 },
  );
});

test('integers are read in their own order, and not one byte past the end', () => {
  const reader = new WireReader(hex('0102030405060708'));
  assert.is(reader.u16(), 0x0102);
  assert.is(reader.u16Le(), 0x0403);
  assert.is(reader.u32Le(), 0x08070605);
  assert.is(reader.remaining, 0);
  const ints = ['u8', 'u16', 'u32', 'u64', 'u16Le', 'u32Le', 'u64Le', 'compactSize'] as const;
  for (const int of ints) refuses(() => reader[int](), /^Error: "bytes" at byte 8 expected/);
  for (const length of [1, -1, 0.5, Number.NaN, Infinity]) refuses(() => reader.bytes(length));
});

test('a reader of a part of a larger array stays within that part', () => {
  const reader = new WireReader(hex('aa01bb').subarray(1, 2));
  assert.is(reader.u8(), 1);
  refuses(() => reader.u8());
});

test('a count takes its shortest form, and four bytes at most', () => {
  assert.is(new WireReader(hex('fdfd00')).compactSize(), 0xfd);
  assert.is(new WireReader(hex('feffffffff')).compactSize(), 0xffffffff);
  refuses(() => new WireReader(hex('fdfc00')).compactSize(), /shortest/);
  refuses(() => new WireReader(hex('ff0000000001000000')).compactSize(), /below 2\^32/);
});

test('what is left over is refused', () => {
  refuses(() => new WireReader(hex('00'), 'message').end(), /"message" at byte 0 expected the end/);
});

test.run();
