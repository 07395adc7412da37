import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, instance, is, throws } from 'uvu/assert';
import { codecOf, SchemaError } from '../../src/schema/codec.ts';
import {
  Count,
  Fields,
  Flag,
  Hex,
  ListOf,
  Maybe,
  Msat,
  MsatDelta,
  OneOf,
  OutsideText,
} from '../../src/schema/fields.ts';

const codec = suite('a codec');

const Sample = Fields({
  amountMsat: Msat,
  deltaMsat: Maybe(MsatDelta),
  count: Count,
  flag: Flag,
  side: OneOf('local', 'remote'),
  key: Maybe(Hex(4)),
  text: OutsideText,
  list: ListOf(Fields({ id: Count, amountMsat: Msat })),
});
const sample = codecOf('sample', Sample);

const amount = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const values = fc.record(
  {
    amountMsat: amount,
    deltaMsat: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
    count: fc.nat(),
    flag: fc.boolean(),
    side: fc.constantFrom('local' as const, 'remote' as const),
    key: fc.constantFrom('00ff00ff', 'deadbeef'),
    text: fc.string({ unit: 'binary' }),
    list: fc.array(fc.record({ id: fc.nat(), amountMsat: amount }, { noNullPrototype: true }), {
      maxLength: 5,
    }),
  },
  {
    requiredKeys: ['amountMsat', 'count', 'flag', 'side', 'text', 'list'],
    noNullPrototype: true,
  },
);
const run = { seed: 20_261_121, numRuns: 500 };

codec('gives back what it was given, whatever that is', () => {
  fc.assert(
    fc.property(values, (value) => {
      equal(sample.decode(JSON.parse(sample.encode(value))), value);
    }),
    run,
  );
});

codec('writes what JSON.stringify writes of the fields in schema order', () => {
  fc.assert(
    fc.property(values, (value) => {
      const { amountMsat, deltaMsat, count, flag, side, key, text, list } = value;
      const inOrder = {
        amountMsat: String(amountMsat),
        deltaMsat: deltaMsat === undefined ? undefined : String(deltaMsat),
        count,
        flag,
        side,
        key,
        text,
        list: list.map((item) => ({ id: item.id, amountMsat: String(item.amountMsat) })),
      };
      is(sample.encode(value), JSON.stringify(inOrder));
    }),
    run,
  );
});

codec('gives the same text whatever order the fields come in', () => {
  fc.assert(
    fc.property(values, (value) => {
      const backwards = Object.fromEntries(Object.entries(value).reverse()) as typeof value;
      is(sample.encode(backwards), sample.encode(value));
    }),
    run,
  );
});

const good = { amountMsat: '5', count: 1, flag: true, side: 'local', text: '', list: [] };
const hostile: readonly (readonly [string, unknown])[] = [
  ['amountMsat', '05'],
  ['amountMsat', '-1'],
  ['amountMsat', 5],
  ['amountMsat', '99999999999999999999'],
  ['count', 1.5],
  ['count', -1],
  ['count', 2 ** 53],
  ['flag', 'true'],
  ['side', 'both'],
  ['key', 'DEADBEEF'],
  ['text', null],
  ['list', {}],
  ['unheard', 1],
];
for (const [field, value] of hostile) {
  codec(`names the field when ${field} is ${JSON.stringify(value)}`, () => {
    throws(
      () => sample.parse({ ...good, [field]: value }),
      (error: unknown) => {
        instance(error, SchemaError);
        return error instanceof Error && error.message.startsWith('sample: ');
      },
    );
  });
}

codec('takes only what fits, and never anything but a SchemaError', () => {
  fc.assert(
    fc.property(fc.anything(), (json) => {
      try {
        sample.parse(json);
      } catch (error) {
        instance(error, SchemaError);
      }
    }),
    run,
  );
});

codec('refuses to write what does not fit', () => {
  throws(
    () => sample.encode({ ...sample.parse(good), amountMsat: -1n }),
    (error: unknown) => error instanceof SchemaError,
  );
});

codec('keeps fields of a later version on reading', () => {
  equal(sample.decode({ ...good, later: [1] }), { ...good, amountMsat: 5n, later: [1] });
});

codec.run();
