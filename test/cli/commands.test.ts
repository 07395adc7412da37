import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cli } from '../../src/cli/cli.ts';
import type { Ledger, Ledgers, SecretChecks } from '../../src/cli/ledger-port.ts';
import type { Query } from '../../src/ledger/query.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { fakeLedger, fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';
import { observationLines } from './observation-lines.ts';
import { alice } from './views.ts';

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-cli-'));
test.after(() => rmSync(directory, { recursive: true }));

function ledgersWith(changes: Partial<Ledger>): Ledgers {
  return { ...fakeLedgers, openLedger: (path) => fakeLedger(path, changes) };
}

/** What a command asked of the ledger. */
async function queryAsked(...args: string[]): Promise<Query | undefined> {
  let asked: Query | undefined;
  const channels = (query?: Query) => {
    asked ??= query;
    return [];
  };
  const ledgers = ledgersWith({ channels });
  await runInProcess(['channels', '--ledger', here, ...args], { ledgers });
  return asked;
}

test('moments and narrowings become the query, wherever they stand', async () => {
  assert.equal(await queryAsked('--at', 'height:800000', '--known-at', '1970-01-01T00:00:01Z'), {
    at: { kind: 'height', height: 800_000 },
    knownAtNs: 1_000_000_000n,
  });
  assert.equal(await queryAsked('--at', '1970-01-01T00:00:00.000000001Z', '--source', 'lnd-db'), {
    at: { kind: 'time', timeNs: 1n },
    source: 'lnd-db',
  });
  assert.equal(await queryAsked('--node', alice.slice(0, 8).toUpperCase()), { nodeId: alice });
});

const wrongUsages: readonly (readonly [args: string[], says: RegExp])[] = [
  [['channels', '--at', 'yesterday'], /"yesterday" is no moment: write a time/],
  [['channels', '--at', 'height:-1'], /has no whole number: write it like height:800000/],
  [['channels', '--at', 'position:99999999999999999'], /has no whole number/],
  [['channels', '--at', 'revision:3'], /a revision belongs to one channel/],
  [['show', '103x1x0', '--at', 'commitment:mine:3'], /does not say whose/],
  [['channels', '--known-at', 'soon'], /--known-at takes a time/],
  [['channels', '--source', 'a b'], /not a source's name/],
  [['tail', '--at', 'height:3'], /"tail" takes no --at/],
  [['history', '103x1x0', '--type', 'Htlc'], /"Htlc" is no type of channel event; there are /],
  [['replay', '103x1x0', '--type', 'Htlc'], /"Htlc" is no type of channel event; there are /],
  [['replay', '--all', '--type', 'Foo'], /"Foo" is no type of event; there are .*PeerConnected/],
  [['tail', '--type', 'HtlcAdded,Foo'], /"Foo" is no type of event; there are .*HtlcAdded/],
  [['forwards', '--by', 'week'], /--by <group>' argument 'week' is invalid\. [^\n]+peer: see /],
  [['record', 'foo'], /unknown command 'foo'; "record" takes clock: see "channel-ledger record/],
  [
    ['record', 'clock', 'w'],
    /"record clock" does not take "w" by itself: write "record clock --on w"/,
  ],
  [['import', 'ndjson'], /missing required argument 'file': see "[a-z -]+ ndjson --help"/],
  [['import', 'lnd'], /unknown command 'lnd'; "import" takes ndjson or observations: see/],
  [['tail', '--after', '9'], /no checkpoint 9: the newest event of this ledger has checkpoint 1\n/],
  [['tail', '--after', 'xyz'], /--after takes a checkpoint as "tail" prints it/],
  [['verify', '--head', 'xyz'], /--head takes 64 hex digits/],
  [['demo', '--payments', '0'], /--payments takes a whole number from 1 on/],
  [['channels', '--nodes'], /unknown option '--nodes' \(Did you mean --node\?\)/],
  [['chanels'], /unknown command 'chanels' \(Did you mean channels\?\)/],
  [['show'], /missing required argument 'channel'/],
  [
    ['import'],
    /takes more than that; "import" takes ndjson or observations: see "channel-ledger import -/,
  ],
];

const liveSources: Cli['liveSources'] = [
  {
    name: 'clock',
    summary: 'ticks',
    options: [{ flags: '--on <file>', description: 'where it ticks' }],
    load: () => Promise.reject(new Error('no')),
  },
];

for (const [args, says] of wrongUsages) {
  test(`"${args.join(' ')}" is wrong usage: one sentence, exit code 2`, async () => {
    const { exitCode, out, err } = await runInProcess([...args, '--ledger', here], { liveSources });
    assert.match(err, says);
    assert.match(err, /^channel-ledger: [^\n]+\n$/);
    assert.is(exitCode, 2);
    assert.is(out, '');
  });
}

test('an unknown channel is the answer no', async () => {
  const { exitCode, err } = await runInProcess(['show', 'nope\x1b[2J', '--ledger', here]);
  assert.is(exitCode, 1);
  assert.is(err, 'channel-ledger: there is no channel nope\\x1b[2J\n');
});

test('an unknown node is the answer no as well, and says which there are', async () => {
  const { exitCode, err } = await runInProcess(['channels', '--node', 'ffff', '--ledger', here]);
  assert.is(exitCode, 1);
  assert.match(err, /no node of this ledger is called "ffff": it records [0-9a-f]{12}…\n$/);
});

test('an error that nobody foresaw is a sentence too', async () => {
  const channels = () => {
    throw new TypeError('x is not a function');
  };
  const ledgers = ledgersWith({ channels });
  const { exitCode, err } = await runInProcess(['channels', '--ledger', here], { ledgers });
  assert.is(exitCode, 3);
  assert.match(err, /^channel-ledger: x is not a function \(this should not happen[^\n]*\n$/);
});

test('verify exits 1 and names the first broken place', async () => {
  const sound = await (await fakeLedger('')).verify();
  const place = { rule: 'digest', where: 'peer-x revision 3', detail: 'bytes differ\x07' };
  const verify = async () => ({ ...sound, isSound: false, broken: [place] });
  const ledgers = ledgersWith({ verify });
  const { exitCode, out } = await runInProcess(['verify', '--ledger', here], { ledgers });
  assert.is(exitCode, 1);
  assert.match(out, /first: digest at peer-x revision 3: bytes differ\\x07/);
});

test('wipe asks for the name of the ledger and takes no other', async () => {
  const path = join(directory, 'precious', 'ledger.db');
  mkdirSync(join(directory, 'precious'));
  writeFileSync(path, '');
  const args = ['wipe', '--ledger', join(directory, 'precious')];
  const wrong = await runInProcess(args, { typed: 'yes\n' });
  assert.is(wrong.exitCode, 2);
  assert.match(wrong.err, 'that is not precious/ledger.db, so nothing was done');
  const nobody = await runInProcess(args);
  assert.is(nobody.exitCode, 2);
  assert.match(nobody.err, 'programs pass --yes');
  const right = await runInProcess(args, { typed: 'precious/ledger.db\n' });
  assert.is(right.exitCode, 0);
  assert.is(right.out, `removed ${path}\nremoved ${path}.key\n`);
  const program = await runInProcess([...args, '--yes', '--json']);
  assert.equal(JSON.parse(program.out), { removed: [path, `${path}.key`] });
});

test('purge asks for the name of the channel and says what remains', async () => {
  const args = ['purge', '104x2x1', '--ledger', here];
  const wrong = await runInProcess(args, { typed: '103x1x0\n' });
  assert.is(wrong.exitCode, 2);
  const right = await runInProcess(args, { typed: '104x2x1\n' });
  assert.is(right.exitCode, 0);
  assert.match(right.out, '1 key of channel 104x2x1 destroyed\n2 quarantined observations of it');
  assert.match(right.out, '\nwhat remains:\n');
  assert.match(right.out, /earlier backups/);
  const again = await runInProcess([...args, '--yes'], {
    ledgers: ledgersWith({
      purge: async () => {
        return { channelId: 'c', destroyedKeys: 0, releasedFromQuarantine: 0, remains: [] };
      },
    }),
  });
  assert.match(again.out, /^channel 104x2x1 has no key to destroy: it was purged before/);
});

test('an open channel is refused before anybody is asked for a confirmation', async () => {
  const args = ['purge', '103x1x0', '--ledger', here];
  const { exitCode, err } = await runInProcess(args, { typed: '103x1x0\n' });
  assert.is(exitCode, 2);
  assert.match(err, /^channel-ledger: the channel is open: only a closed channel can be purged, /);
});

const broad = 'a sentence of so many words that it has to go on in the next line of the terminal';

test('what a purge leaves and what verify finds stay within the terminal', async () => {
  const place = { rule: 'digests', where: 'channel-1', detail: `${broad}, ${broad}` };
  const ledgers = ledgersWith({
    purge: async () => {
      const remains = [broad, `${broad}; ${broad}`];
      return { channelId: 'c', destroyedKeys: 1, releasedFromQuarantine: 1, remains };
    },
    verify: async () => {
      const counts = { events: 1, streams: 1, head: 'f'.repeat(64) };
      return { ...counts, isSound: false, rules: [], broken: [place, place] };
    },
  });
  for (const command of [['purge', '104x2x1', '--yes'], ['verify']]) {
    const args = [...command, '--ledger', here];
    const narrow = await runInProcess(args, { ledgers, columns: 80 });
    const lines = narrow.out.split('\n');
    assert.ok(
      lines.every((line) => line.length <= 80),
      narrow.out,
    );
    assert.ok(
      lines.some((line) => /^ {4,}[a-z]/.test(line)),
      narrow.out,
    );
    assert.match((await runInProcess([...args, '--wide'], { ledgers, columns: 80 })).out, broad);
  }
});

test('import hands over every line as it is, U+2028 and a missing last line feed included', async () => {
  const path = join(directory, 'in.ndjson');
  const header = '{"format":"a\u2028b"}';
  writeFileSync(path, `${header}\n\nlast`);
  const seen: string[] = [];
  const importNdjson = async (lines: AsyncIterable<string>) => {
    for await (const line of lines) seen.push(line);
    const none = { appended: 3, known: 0, keys: 0, diverged: [] };
    return { lines: seen.length, ...none, isComplete: true };
  };
  const ledgers = ledgersWith({ importNdjson });
  const args = ['import', 'ndjson', path, '--ledger', here];
  const { exitCode, out } = await runInProcess(args, { ledgers });
  assert.equal(seen, [header, '', 'last']);
  assert.is(out, '3 events imported, 0 events known already\n');
  assert.is(exitCode, 0);
});

test('an import names what diverged, and what was cut off', async () => {
  const report = { lines: 1, appended: 0, known: 0, keys: 0 };
  const stdin = { typed: '{"format":"x"}\n' };
  const args = ['import', 'ndjson', '-', '--ledger', here];
  const diverged = await runInProcess(args, {
    ...stdin,
    ledgers: ledgersWith({
      importNdjson: async () => ({ ...report, diverged: ['peer-x'], isComplete: true }),
    }),
  });
  assert.is(diverged.exitCode, 1);
  assert.match(diverged.err, 'peer-x says something else here');
  const cutOff = await runInProcess(args, {
    ...stdin,
    ledgers: ledgersWith({
      importNdjson: async () => ({ ...report, diverged: [], isComplete: false }),
    }),
  });
  assert.is(cutOff.exitCode, 1);
  assert.match(cutOff.err, 'has no footer');
});

test('a bad observation is named by file, line and byte, and not quoted', async () => {
  const path = join(directory, 'observations.ndjson');
  writeFileSync(path, '\n{"preimage":"5ec2e7"');
  const record: Ledger['record'] = async (observations) => {
    for await (const _ of observations);
    return { observations: 0, events: 0, known: 0, quarantined: 0 };
  };
  const args = ['import', 'observations', path, '--ledger', here];
  const torn = await runInProcess(args, { ledgers: ledgersWith({ record }) });
  assert.is(torn.exitCode, 1);
  assert.match(
    torn.err,
    `channel-ledger: ${path} line 2 (byte 1): it is not JSON; what stood before is recorded`,
  );
  assert.not.match(torn.err, '5ec2e7');
  writeFileSync(path, '{"about":"weather"}');
  const wrong = await runInProcess(args, { ledgers: ledgersWith({ record }) });
  assert.match(wrong.err, 'line 1 (byte 0): about: an observation is about a channel');
  writeFileSync(path, new Uint8Array([0xff, 0x0a]));
  const binary = await runInProcess(args, { ledgers: ledgersWith({ record }) });
  assert.match(binary.err, 'is not UTF-8');
});

test('an observation that was learned before it happened is refused with its line', async () => {
  const path = join(directory, 'early.ndjson');
  const [first = '', second = ''] = observationLines;
  const early = { ...JSON.parse(second), recordedAt: '2026-03-14T15:00:01.999999999Z' };
  writeFileSync(path, `${first}\n${JSON.stringify(early)}\n`);
  let told = 0;
  const record: Ledger['record'] = async (observations) => {
    for await (const _ of observations) told++;
    return { observations: told, events: told, known: 0, quarantined: 0 };
  };
  const args = ['import', 'observations', path, '--ledger', here];
  const { exitCode, err } = await runInProcess(args, { ledgers: ledgersWith({ record }) });
  assert.is(exitCode, 1);
  assert.match(
    err,
    /early\.ndjson line 2 \(byte \d+\): recordedAt 2026-03-14T15:00:01\.999999999Z is earlier than happenedAt 2026-03-14T15:00:02\.000000000Z: [^\n]+; what stood before is recorded: /,
  );
  assert.is(told, 1);
});

test('observations that a full disk cuts off say what is kept', async () => {
  const path = join(directory, 'cut-off.ndjson');
  writeFileSync(path, '');
  const record: Ledger['record'] = async () => {
    throw new StoreError('the disk is full; 3 observations are not recorded');
  };
  const args = ['import', 'observations', path, '--ledger', here];
  const { exitCode, err } = await runInProcess(args, { ledgers: ledgersWith({ record }) });
  assert.is(exitCode, 3);
  assert.is(
    err,
    'channel-ledger: the disk is full; 3 observations are not recorded; ' +
      'what is recorded stays: run it again, and the rest is added\n',
  );
});

test('a recording whose secrets were wrong or went unchecked says so and ends with 1', async () => {
  const path = join(directory, 'none.ndjson');
  writeFileSync(path, '');
  const args = ['import', 'observations', path, '--ledger', here];
  assert.is((await runInProcess(args)).exitCode, 0);
  const counts = { checked: 9, notCheckable: 0, broken: 0, unchecked: 0 };
  const withChecks = (checks: Partial<SecretChecks>) =>
    runInProcess(args, {
      ledgers: ledgersWith({ secretChecks: () => ({ ...counts, ...checks }) }),
    });
  const failed = await withChecks({ unchecked: 3, failure: 'out of memory' });
  assert.is(failed.exitCode, 1);
  assert.match(failed.out, 'observations: 4 events recorded');
  assert.match(failed.err, 'failed (out of memory), 3 of them unchecked: "channel-ledger verify"');
  const wrong = await withChecks({ broken: 1 });
  assert.is(wrong.exitCode, 1);
  assert.match(wrong.err, '1 revealed secret wrong');
});

test('tail keeps to a node and to a source', async () => {
  const args = ['tail', '--ledger', here];
  const all = await runInProcess(args);
  assert.match(all.out, /^\{"checkpoint":"1",.*"data":\{"alias":"\\u009b31m"\},.*\}\n$/);
  assert.is((await runInProcess([...args, '--node', alice])).out, all.out);
  assert.is((await runInProcess([...args, '--source', 'lnd-db'])).out, '');
  assert.is((await runInProcess([...args, '--after', '1'])).out, '');
});

test('an empty --ledger is told as that', async () => {
  for (const command of [['channels'], ['demo'], ['wipe', '--yes']]) {
    const { exitCode, err } = await runInProcess([...command, '--ledger', '']);
    assert.is(exitCode, 2);
    assert.is(err, 'channel-ledger: --ledger is empty: name a file, a directory or esdb://…\n');
  }
});

test.run();
