/** The frame around importers: what it asks, keeps, refuses and says at the end. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers as realImporters } from '../../src/cli/importers.ts';
import * as ledgers from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { nodeAsked } from '../../src/sources/asked.ts';
import { type ImportContext, ImportError, type ImporterEntry } from '../../src/sources/importer.ts';
import { Tally } from '../../src/sources/tally.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { runInProcess, runnerIn } from './in-process.ts';
import { namesImporter, namesTwice } from './names-importer.ts';
import { alice } from './views.ts';

const place = temporaryDirectory();
const records = join(place, 'records');
writeFileSync(records, 'some records');

const run = runnerIn(place, ledgers);

const names = ['import', 'names', records];

test('the closing report says what was read, what became of it, and what cannot be told', async () => {
  const importers = [namesImporter()];
  const { exitCode, out, err } = await run(names, { importers, ledger: 'report.db' });
  assert.is(exitCode, 0);
  assert.is(err, '');
  assert.is(
    out,
    [
      'records read  3 name',
      'observations  5, 0 of them known already',
      'events added  5: 5 PeerRenamed',
      'quarantined   0',
      'signatures    none checked: nothing was added that is signed, and no secret',
      'bad records   0',
      'cannot tell   what the names mean',
      '',
    ].join('\n'),
  );
  const again = await run([...names, '--json'], { importers, ledger: 'report.db' });
  assert.equal(JSON.parse(again.out), {
    source: 'names',
    isDryRun: false,
    isFirst: false,
    isComplete: true,
    observations: 5,
    events: 0,
    known: 5,
    quarantined: 0,
    channels: 0,
    publicChannels: 0,
    eventsByType: {},
    quarantinedByRule: {},
    filesNotRead: [],
    read: { name: 3 },
    unread: [],
    bad: { count: 0, named: [] },
    checked: {},
    wrong: [],
    cannotTell: ['what the names mean'],
  });
});

test('a dry run counts what would be added, and neither makes nor changes a ledger', async () => {
  const importers = [namesImporter()];
  const first = await run([...names, '--dry-run'], { importers, ledger: 'dry.db' });
  assert.is(first.exitCode, 0);
  assert.match(first.out, /^dry run: nothing was recorded\n/);
  assert.match(first.out, 'events it would add  5: 5 PeerRenamed');
  assert.not.ok(existsSync(first.path));
  await run(names, { importers, ledger: 'dry.db' });
  const before = readFileSync(first.path);
  const second = await run([...names, '--dry-run'], { importers, ledger: 'dry.db' });
  assert.match(second.out, 'observations         5, 5 of them known already');
  assert.match(second.out, 'events it would add  0');
  assert.equal(readFileSync(first.path), before);
});

test('what a first import tells in two places is nothing that was known before it', async () => {
  const importers = [namesTwice()];
  const { out } = await run([...names], { importers, ledger: 'twice.db' });
  assert.match(out, 'observations  6, 3 of them told twice by these records\n');
  assert.match(out, 'events added  3: 3 PeerRenamed');
  const again = await run([...names], { importers, ledger: 'twice.db' });
  assert.match(again.out, 'observations  6, 6 of them known already\n');
  const program = await run([...names, '--json'], { importers, ledger: 'twice-json.db' });
  const { isFirst, known, events } = JSON.parse(program.out);
  assert.equal([isFirst, known, events], [true, 3, 3]);
});

test('at Ctrl-C what was told is recorded and reported, and a second run adds the rest', async () => {
  const stop = new AbortController();
  const importers = [namesImporter(() => stop.abort())];
  const first = await run(names, { importers, ledger: 'stopped.db', signal: stop.signal });
  assert.is(first.exitCode, 130);
  assert.match(first.out, 'events added  3: 3 PeerRenamed');
  assert.match(first.out, /^not read to the end: of the rest nothing is counted here\n/);
  assert.match(
    first.err,
    /stopped after 3 events: what is recorded stays: run the same again, and/,
  );
  const second = await run(names, { importers: [namesImporter()], ledger: 'stopped.db' });
  assert.is(second.exitCode, 0);
  assert.match(
    second.out,
    'observations  5, 3 of them known already, from before or by another of these records\n',
  );
  assert.match(second.out, 'events added  2: 2 PeerRenamed');
});

test('records that cannot be read on end the import with a sentence, and what came before stays', async () => {
  const importers = [
    namesImporter(() => {
      throw new ImportError('record 4 (byte 90) is not to be read: give another file');
    }),
  ];
  const { exitCode, out, err } = await run(names, { importers, ledger: 'broken.db' });
  assert.is(exitCode, 1);
  assert.match(out, 'events added  3: 3 PeerRenamed');
  assert.is(
    err,
    'channel-ledger: record 4 (byte 90) is not to be read: give another file; what is recorded stays: ' +
      'run the same again, and the rest is added\n',
  );
});

test('an importer that refuses the files leaves no ledger behind', async () => {
  const refusing: ImporterEntry = {
    ...namesImporter(),
    load: async () => ({
      open: () => Promise.reject(new ImportError('these are no names')),
    }),
  };
  const { exitCode, out, err, path } = await run(names, { importers: [refusing], ledger: 'no.db' });
  assert.is(exitCode, 1);
  assert.is(out, '');
  assert.is(err, 'channel-ledger: these are no names\n');
  assert.not.ok(existsSync(path));
  assert.equal(
    readdirSync(place).filter((name) => name.startsWith('no.db')),
    [],
  );
});

test('the importer is told what the person said, what the ledger knows, and where to put copies', async () => {
  const seen: ImportContext[] = [];
  const look = namesImporter((context) => {
    seen.push(context);
    writeFileSync(join(context.workDirectory, 'copy'), 'bytes');
  });
  const said = ['--node', alice, '--chain', 'regtest', '--loud'];
  await run([...names, ...said], { importers: [look], ledger: 'told.db' });
  const [first] = seen;
  assert.ok(first);
  assert.is(first.nodeId, alice);
  assert.is(first.chain, 'regtest');
  assert.equal(first.paths, [records]);
  assert.is(first.options?.loud, true);
  assert.equal(first.known?.nodes, []);
  assert.not.ok(existsSync(first.workDirectory));
  const failing = namesImporter((context) => {
    seen.push(context);
    throw new ImportError('the rest cannot be read');
  });
  await run(names, { importers: [failing], ledger: 'told.db' });
  assert.is(seen.length, 2);
  assert.is.not(seen[1]?.workDirectory, first.workDirectory);
  assert.not.ok(existsSync(seen[1]?.workDirectory ?? place));
});

test('records of which none can be read are reported, and are no success', async () => {
  const bad: ImporterEntry = {
    ...namesImporter(),
    load: async () => ({
      async open() {
        const tally = new Tally();
        tally.bad('record 1, byte 0', 'it is no name');
        const none = (): AsyncIterable<Observation> => Readable.from([]);
        return { observations: none(), tally };
      },
    }),
  };
  const { exitCode, out, err } = await run(names, { importers: [bad], ledger: 'bad.db' });
  assert.is(exitCode, 1);
  assert.match(out, /bad records +1\n +record 1, byte 0: it is no name\n/);
  assert.match(err, 'no record of it could be read, and nothing is recorded');
  assert.not.ok(existsSync(join(place, 'bad.db')));
});

test('what is asked wrongly is told before anything is read', async () => {
  const importers = [namesImporter()];
  const nameless = await run(['import', 'names', '-'], { importers });
  assert.is(nameless.exitCode, 2);
  assert.is(nameless.err, 'channel-ledger: "import names" reads files, and - is none: name them\n');
  const chain = await run([...names, '--chain', 'Bit Coin'], { importers });
  assert.is(chain.exitCode, 2);
  const chains = '--chain takes bitcoin (or mainnet), testnet, testnet4, signet, regtest, not';
  assert.match(chain.err, `${chains} "Bit Coin"`);
  const missing = await run(['import', 'names', join(place, 'nowhere')], { importers });
  assert.is(missing.exitCode, 3);
  assert.match(missing.err, 'nowhere: there is no such file or directory: check the path');
  const node = await run([...names, '--node', 'zz'], { importers });
  assert.is(node.exitCode, 2);
  assert.match(node.err, 'no node of this ledger is called "zz"');
  const asking: ImporterEntry = {
    ...namesImporter(),
    load: async () => ({
      open: async (context) => {
        nodeAsked(context, 'names are of nobody');
        throw new Error('it was not asked for');
      },
    }),
  };
  const unsaid = await run(names, { importers: [asking] });
  assert.is(unsaid.exitCode, 2);
  assert.match(unsaid.err, 'names are of nobody: say it with --node ID');
  assert.not.ok(existsSync(join(place, 'new.db')));
});

test('every importer that is listed has a help of its own, no broader than a terminal', async () => {
  for (const { name } of realImporters) {
    const args = ['import', name, '--help'];
    const { exitCode, out } = await runInProcess(args, { importers: realImporters, columns: 80 });
    assert.is(exitCode, 0);
    assert.match(out, '--dry-run');
    for (const line of out.split('\n')) assert.ok(line.length <= 80, `${name}: ${line}`);
  }
});

test('a pipe is refused in a sentence, before anything waits for it', async () => {
  const { exitCode, err, path } = await run(['import', 'names', '/dev/null'], {
    ledger: 'of-a-pipe.db',
    importers: [namesImporter()],
  });
  assert.match(err, /\/dev\/null is no file: it is read more than once/);
  assert.is(exitCode, 1);
  assert.not(existsSync(path));
});

test.run();
