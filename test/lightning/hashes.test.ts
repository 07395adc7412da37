import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { doubleSha256, sha256 } from '../../src/lightning/hashes.ts';
import { hex } from './fixtures.ts';

test('SHA-256 once and twice, of nothing', () => {
  const once = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const twice = '5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456';
  assert.equal(sha256(new Uint8Array()), hex(once));
  assert.equal(doubleSha256(new Uint8Array()), hex(twice));
});

test('a view within a larger array is hashed as itself', () => {
  assert.equal(sha256(hex('aabbcc').subarray(1, 2)), sha256(hex('bb')));
});

test.run();
