import Type from 'typebox';
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { codecOf } from '../../src/schema/codec.ts';
import {
  Count,
  Fields,
  Flag,
  Hex,
  ListOf,
  Maybe,
  Msat,
  OutsideText,
  Time,
} from '../../src/schema/fields.ts';
import { sizerOf } from '../../src/schema/text-size.ts';

const test = suite("a text's size told from its schema");

const Item = Fields({ id: Count, amountMsat: Msat, hash: Maybe(Hex(32)) });
const Thing = Fields({
  name: OutsideText,
  at: Maybe(Time),
  isOpen: Flag,
  items: ListOf(Item),
  places: ListOf(Count),
});
const sizeOf = sizerOf(Thing);
const thing = (name: string, items: number, places = 0) => ({
  name,
  isOpen: true,
  items: Array.from({ length: items }, (_, id) => ({ id, amountMsat: 123_456_000n })),
  places: Array.from({ length: places }, (_, place) => place),
});

test('grows by what is long, by what is many and by what is there', () => {
  const least = sizeOf(thing('', 0));
  is(sizeOf(thing('x'.repeat(500), 0)) - least, 500);
  const one = sizeOf(thing('', 1)) - least;
  is(sizeOf(thing('', 100)) - least, 100 * one);
  const place = sizeOf(thing('', 0, 1)) - least;
  is(sizeOf(thing('', 0, 100)) - least, 100 * place);
  ok(sizeOf({ ...thing('', 0), at: '2026-01-01T00:00:00.000000000Z' }) > least + 30);
});

test('is near the length of the text', () => {
  const codec = codecOf('thing', Thing);
  const shares = [thing('a name', 0), thing('', 3, 4), thing('x'.repeat(900), 40)].map((value) => {
    return sizeOf(value) / codec.encode(value).length;
  });
  ok(
    shares.every((share) => share > 0.6 && share < 1.6),
    shares.join(),
  );
});

test('of a value that is none of its schema is a number too', () => {
  const odd = [null, 1, 'text', [], { items: 'none', places: null }];
  equal(
    odd.map((value) => Number.isFinite(sizeOf(value))),
    odd.map(() => true),
  );
  is(sizerOf(Type.Array(Count))('none'), sizerOf(Count)(7));
});

test.run();
