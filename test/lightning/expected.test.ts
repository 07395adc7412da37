import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expected } from '../../src/lightning/expected.ts';
import { WRONG_TYPES } from './fixtures.ts';

test('a refusal names the value, what was expected and what came', () => {
  assert.is(expected('nodeId', 'a key', 'xyz').message, '"nodeId" expected a key, got "xyz"');
  assert.is(expected('id', 'text', 5n).message, '"id" expected text, got bigint 5');
  assert.is(expected('id', 'text', undefined).message, '"id" expected text, got undefined');
  assert.is(expected('id', 'text', new Uint8Array(3)).message, '"id" expected text, got 3 bytes');
});

test('whatever came, the sentence is short and printable', () => {
  const isPrintable = (value: unknown) =>
    assert.match(
      expected('id', 'text', value).message,
      /^"id" expected text, got [\x20-\x7e…]{1,80}$/,
    );
  for (const value of WRONG_TYPES) isPrintable(value);
  fc.assert(fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), isPrintable), {
    seed: 21,
    numRuns: 1000,
  });
});

test.run();
