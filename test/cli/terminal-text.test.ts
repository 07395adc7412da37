import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonDocument, jsonLine } from '../../src/cli/json.ts';
import { asciiText, clip, displayWidth, terminalText } from '../../src/cli/terminal-text.ts';
import { harmlessJson } from '../../src/schema/json-text.ts';

/** Anything a terminal obeys or hides: C0, DEL, C1, bidi and other formatting, line separators. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('\x1b[2J', '\u202e', '\u0000', '\u009b', '\n', '\r', 'a', '\ud800'))
    .map((parts) => parts.join('')),
);

test('no text from outside has a character left that a terminal obeys', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.not.match(terminalText(text), OBEYED);
      assert.match(asciiText(text), /^[ -~]*$/);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('what was made harmless stays as it is', () => {
  fc.assert(
    fc.property(anyText, (text) => assert.is(terminalText(terminalText(text)), terminalText(text))),
    { seed: 2 },
  );
});

test('what was hidden is shown as its code, and honest text is left alone', () => {
  assert.is(terminalText('a\x1b[31mb\u202ec\u{e0041}\u009b'), 'a\\x1b[31mb\\u202ec\\u{e0041}\\x9b');
  assert.is(terminalText('Zürich ⚡ 日本'), 'Zürich ⚡ 日本');
  assert.is(asciiText('Zürich ⚡'), 'Z\\xfcrich \\u26a1');
});

test('marks stacked upon a letter do not spill over the lines around it', () => {
  assert.is(terminalText(`a${'\u0301'.repeat(50)}b`), `a${'\u0301'.repeat(2)}b`);
});

test('wide characters count two columns and marks none', () => {
  assert.is(displayWidth('日本'), 4);
  assert.is(displayWidth('e\u0301'), 1);
  assert.is(displayWidth('abc'), 3);
  assert.is(clip('日本日本', 5, '…'), '日本…');
  assert.is(clip('short', 5, '…'), 'short');
});

test('JSON keeps its meaning and loses every character that a terminal obeys', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const line = jsonLine({ text });
      assert.not.match(line, OBEYED);
      assert.equal(JSON.parse(line), JSON.parse(JSON.stringify({ text })));
      assert.equal(JSON.parse(harmlessJson(jsonDocument([text]))), [JSON.parse(line).text]);
    }),
    { numRuns: 1000, seed: 3 },
  );
});

test('JSON has amounts as decimal strings and bytes as hex', () => {
  const value = { amountMsat: 2n ** 60n, bytes: new Uint8Array([1, 255]), gone: undefined };
  assert.is(jsonLine(value), '{"amountMsat":"1152921504606846976","bytes":"01ff"}');
});

test.run();
