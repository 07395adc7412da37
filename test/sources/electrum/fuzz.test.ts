import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MEMORY, openLedger } from '../../../src/index.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { randomNumbers, seedOfRun, soakFactor } from '../../store/sample-events.ts';
import { isNotItsOwn } from '../own-contradictions.ts';
import { fileOf, OPEN, opened, wallet } from './wallets.ts';

const CASES = 1000 * soakFactor();
/** One channel and its journal: the rest of the wallet only makes each case slow. */
const small = smallWallet();

const fuzz = suite('a hostile wallet');

fuzz(`of ${CASES} ends in whole observations or a sentence (seed ${seedOfRun()})`, async () => {
  const below = randomNumbers(seedOfRun());
  let read = 0;
  for (let nth = 0; nth < CASES; nth++) {
    const bytes = mutated(below);
    try {
      const run = await opened(fileOf(bytes), { chain: 'testnet' });
      for await (const observation of run.observations) {
        assert.ok(observation.happenedAtNs <= observation.recordedAtNs);
        read++;
      }
    } catch (error) {
      assert.instance(error, ImportError, `case ${nth}: ${String(error)}`);
    }
  }
  assert.ok(read > CASES, 'most cases are still read in part');
  // In KiB: no wallet takes more than this, whatever it says.
  assert.ok(process.resourceUsage().maxRSS < 400 * 1024);
});

fuzz('is recorded in part, and what breaks a rule is in quarantine', async () => {
  const below = randomNumbers(seedOfRun() + 1);
  for (let nth = 0; nth < 40; nth++) {
    const ledger = await openLedger(MEMORY);
    try {
      const run = await opened(fileOf(mutated(below)), { chain: 'testnet' });
      await ledger.record(run.observations);
    } catch (error) {
      assert.instance(error, ImportError, `case ${nth}: ${String(error)}`);
    }
    const { broken } = await ledger.verify();
    assert.equal(broken.filter(isNotItsOwn), [], `case ${nth}`);
    await ledger.close();
  }
});

fuzz.run();

type Below = (limit: number) => number;

const HOSTILE = [
  '-1',
  '0',
  '1e308',
  '281474976710656',
  '9007199254740993',
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"__proto__"',
  '"\\u0000"',
  '1000000000',
  '[[[[[[[[]]]]]]]]',
];

function mutated(below: Below): Uint8Array {
  let text = small;
  for (let times = 1 + below(3); times > 0; times--) text = mutatedOnce(text, below);
  const bytes = Buffer.from(text);
  if (below(8) === 0) bytes[below(bytes.length)] = below(256);
  return bytes;
}

function mutatedOnce(text: string, below: Below): string {
  const records = text.split(',\n');
  switch (below(7)) {
    case 0:
      return text.slice(0, below(text.length));
    case 1: {
      // One value of the base or a patch becomes another.
      const values = [...text.matchAll(/: ("[^"]*"|-?[0-9]+|null|true|false)/g)];
      const value = values[below(values.length)];
      if (value === undefined) return text;
      const at = value.index + 2;
      const other = HOSTILE[below(HOSTILE.length)] ?? '0';
      return text.slice(0, at) + other + text.slice(at + (value[1]?.length ?? 0));
    }
    case 2: {
      // Two records change places.
      const [a, b] = [below(records.length), below(records.length)];
      const swapped = records.with(a, records[b] ?? '').with(b, records[a] ?? '');
      return swapped.join(',\n');
    }
    case 3:
      return records.toSpliced(below(records.length), 1).join(',\n');
    case 4: {
      const paths = ['/channels', '/', '/channels/__proto__/x', `/channels/${'a/'.repeat(200)}b`];
      const path = paths[below(paths.length)];
      const value = HOSTILE[below(HOSTILE.length)];
      return `${text},\n{"op": "add", "path": ${JSON.stringify(path)}, "value": ${value}}`;
    }
    case 5:
      return withManyUpdates(text, below);
    default: {
      // A commitment number, an id or a time far away.
      const numbers = [...text.matchAll(/(?<=[ [])[0-9]+(?=[,\]}])/g)];
      const number = numbers[below(numbers.length)];
      if (number === undefined) return text;
      const other = String(below(2) === 0 ? below(40) : 2 ** below(53));
      return text.slice(0, number.index) + other + text.slice(number.index + number[0].length);
    }
  }
}

/** Changes of the feerate that are in commitments or in none, and as many commitments as they could make. */
function withManyUpdates(text: string, below: Below): string {
  const count = below(2_000);
  const number = (nth: number) => (below(4) === 0 ? null : nth);
  const updates = Array.from({ length: count }, (_, nth) => {
    return `"${nth + 1}": {"rate": 253, "ctn_local": ${number(nth)}, "ctn_remote": ${number(nth)}}`;
  });
  const newest = [count, 2 * count, 2 ** below(40)][below(3)];
  return text
    .replaceAll(/"fee_updates": \{/g, `$&${updates.map((update) => `${update}, `).join('')}`)
    .replaceAll(/"ctn": [0-9]+/g, `"ctn": ${newest}`);
}

function smallWallet(): string {
  const end = wallet.indexOf(',\n{"op"');
  const base = JSON.parse(wallet.slice(0, end));
  const { channels } = base;
  const kept = ['lightning_xprv', 'lightning_payments', 'lightning_preimages'];
  const also = ['verified_tx3', 'addresses', 'txi', 'txo', 'transactions', 'seed_version'];
  const entries = [...kept, ...also].map((name) => [name, base[name]]);
  const small = { ...Object.fromEntries(entries), channels: { [OPEN]: channels[OPEN] } };
  return JSON.stringify(small, null, 1) + wallet.slice(end);
}
