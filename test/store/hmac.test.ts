import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import { is, throws } from 'uvu/assert';
import { HMAC_BLOCK, hmacHex, hmacKeyOf, hmacOfText } from '../../src/store/hmac.ts';

const hmac = suite('the HMAC of two hashes');
const run = { seed: 20_261_121, numRuns: 300 };
const keys = fc.uint8Array({ minLength: 32, maxLength: 64 });

hmac('is that of RFC 2104, whatever the key and the message', () => {
  fc.assert(
    fc.property(keys, fc.uint8Array({ maxLength: 500 }), (key, message) => {
      const buffer = Buffer.alloc(1000, 0xff);
      buffer.set(message, HMAC_BLOCK);
      const expected = createHmac('sha256', key).update(message).digest('hex');
      is(hmacHex(hmacKeyOf(key), buffer, HMAC_BLOCK + message.length), expected);
    }),
    run,
  );
});

hmac('of a text is that of its UTF-8 bytes', () => {
  fc.assert(
    fc.property(keys, fc.string({ unit: 'grapheme' }), (key, text) => {
      is(hmacOfText(hmacKeyOf(key), text), createHmac('sha256', key).update(text).digest('hex'));
    }),
    run,
  );
});

hmac('takes no key longer than a block, which RFC 2104 would hash first', () => {
  throws(() => hmacKeyOf(new Uint8Array(65)), '65 bytes');
});

hmac.run();
