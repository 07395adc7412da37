import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger, Ledgers } from '../../src/cli/ledger-port.ts';
import type { Bisected } from '../../src/ledger/answers/bisect.ts';
import { fakeLedger, fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';
import { alice } from './views.ts';

const test = suite('bisect on the command line');

const first = {
  revision: 388,
  position: 400,
  type: 'HtlcSettled',
  eventId: '01234567-89ab-4def-8123-456789abcdef',
  at: '2026-01-01T00:00:00.000000000Z',
  recordedAt: '2026-01-01T00:00:00.000000000Z',
  timeBasis: 'source',
  data: {},
  changes: [],
  stream: `channel-${alice}.${'ab'.repeat(32)}.ldk`,
} satisfies Bisected['first'];

async function bisected(found: object, ...args: string[]) {
  const bisect = () => Promise.resolve(found);
  const ledgers: Ledgers = {
    ...fakeLedgers,
    openLedger: async (path) => {
      const ledger: Ledger = await fakeLedger(path, {});
      return Object.assign(ledger, { forensics: { ...ledger.forensics, bisect } });
    },
  };
  return runInProcess(['bisect', '10x1x0', 'htlcs.length > 1', '--ledger', here, ...args], {
    ledgers,
  });
}

test('where few states were looked at, an earlier one may be there, and it says so', async () => {
  const { out: stdout, exitCode: code } = await bisected({
    first,
    lookedAtEvery: false,
    asked: 11,
    states: 779,
  });
  assert.match(
    stdout,
    /11 of 779 states looked at: if it comes and goes, --any finds its first time\n$/,
  );
  assert.is(code, 0);
});

test('where every state was looked at, the first is the first', async () => {
  const { out: stdout, exitCode: code } = await bisected({
    first,
    lookedAtEvery: true,
    asked: 779,
    states: 779,
  });
  assert.match(stdout, /\n779 of 779 states looked at\n$/);
  assert.is(code, 0);
});

test('a condition that is not met is the answer no: exit 1, also for programs', async () => {
  const few = { lookedAtEvery: false, asked: 1, states: 779 };
  const notAtTheEnd = await bisected(few);
  assert.match(notAtTheEnd.out, /^it does not hold at the end: --any looks at every state\n/);
  assert.is(notAtTheEnd.exitCode, 1);
  const never = await bisected({ lookedAtEvery: true, asked: 779, states: 779 }, '--any');
  assert.match(never.out, /^it never holds\n/);
  assert.is(never.exitCode, 1);
  const json = await bisected(few, '--json');
  assert.equal(JSON.parse(json.out), few);
  assert.is(json.exitCode, 1);
});

test.run();
