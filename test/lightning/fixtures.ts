/** Real files and hostile values that the tests of this folder share. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { WireReader } from '../../src/lightning/wire.ts';

const REAL = new URL('../fixtures/real/', import.meta.url);

export function fixtureText(path: string): string {
  return readFileSync(new URL(path, REAL), 'utf8');
}

export function unzippedFixture(path: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(path, REAL))));
}

/** The raw messages of a gossip_store of version 10 or later, deleted ones too. */
export function gossipMessages(path: string): readonly Uint8Array[] {
  const reader = new WireReader(unzippedFixture(path), path);
  reader.u8();
  const messages: Uint8Array[] = [];
  while (reader.remaining > 0) {
    reader.u16();
    const length = reader.u16();
    reader.bytes(8);
    messages.push(reader.bytes(length));
  }
  return messages;
}

export function typeOf(message: Uint8Array): number {
  return new WireReader(message).u16();
}

/** `0x…` or plain hex, as the vectors spell it. */
export function hex(text: string): Uint8Array {
  return hexToBytes(text.replace(/^0x/, ''));
}

/** What must be there for a test to make sense. */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the fixture lacks what this test needs');
  return value;
}

/** What no parser of a text takes. */
export const WRONG_TYPES: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  1.5,
  Number.NaN,
  -1n,
  '',
  ' ',
  '\u001b[31m',
  '0x-',
  [],
  ['103x1x1'],
  {},
  { toString: 'x' },
  Object.create(null),
  () => '103x1x1',
  Symbol('id'),
  new Uint8Array(33),
  'é'.repeat(64),
  '0'.repeat(1_000_000),
];

/** Runs hostile input: it may be refused, but only by an Error of one printable sentence. */
export function mayOnlyRefuse(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    assertSentence(error);
  }
}

/** It must be refused, and in one sentence. */
export function refuses(action: () => unknown, pattern: RegExp = /./): void {
  let refusal: unknown;
  try {
    action();
  } catch (error) {
    refusal = error;
  }
  if (refusal === undefined) assert.unreachable('it was not refused');
  assertSentence(refusal);
  assert.match(String(refusal), pattern);
}

function assertSentence(error: unknown): void {
  if (!(error instanceof Error) || error.constructor !== Error) {
    assert.unreachable(`expected a plain Error, got ${String(error)}`);
  } else {
    assert.match(error.message, /^"[^"]+" [\x20-\x7e…]{1,300}$/);
  }
}
