/** The same answer is the same text, whichever way its rows came about. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonDocument } from '../../src/cli/json.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { parseObservation } from '../../src/ledger/observation-json.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-text-'));
test.after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'ledger.db');
const lines = readFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'observations.ndjson'),
  'utf8',
)
  .trimEnd()
  .split('\n');

test('live, read back, as of its last position, and rebuilt', async () => {
  const live = await openLedger(path, { create: true });
  await live.recordBatch(lines.map((line) => parseObservation(JSON.parse(line))));
  const told = textOf(live);
  assert.match(told, /"close": \{\n\s*"startedBy": "local",/);
  const position = Array.from(live.store.allEvents()).at(-1)?.position ?? 0;
  assert.is(textOf(live, position), told);
  await live.close();

  const again = await openLedger(path);
  assert.is(textOf(again), told, 'read back');
  assert.is(textOf(again, position), told, 'as of its last position');
  await again.rebuild();
  assert.is(textOf(again), told, 'rebuilt');
  await again.close();
});

function textOf(ledger: Ledger, position?: number): string {
  const query = position === undefined ? {} : { at: { kind: 'position' as const, position } };
  const answers = [ledger.closed(query), ledger.channels(query), ledger.peers(query)];
  return jsonDocument([...answers, ledger.fees(undefined, query)]);
}

test.run();
