/** The frame around importers: what it asks, keeps, refuses and says at the end. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers as realImporters } from '../../src/cli/importers.ts';
import type { Ledgers } from '../../src/cli/ledger-port.ts';
import {
  copyLedger,
  openLedger,
  replicateLedger,
  wipeLedger,
} from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { nodeAsked } from '../../src/sources/asked.ts';
import { type ImportContext, ImportError, type ImporterEntry } from '../../src/sources/importer.ts';
import { Tally } from '../../src/sources/tally.ts';
import { runInProcess, type Surroundings } from './in-process.ts';
import { alice, bob } from './views.ts';

const place = mkdtempSync(join(tmpdir(), 'channel-ledger-frame-'));
test.after(() => rmSync(place, { recursive: true }));
const ledgers: Ledgers = { copyLedger, openLedger, replicateLedger, wipeLedger };
const records = join(place, 'records');
writeFileSync(records, 'some records');

const startNs = 1_773_500_400_000_000_000n;

/** How often a peer was renamed: facts that need nothing else. */
function* renamed(count: number): Generator<Observation> {
  for (let nth = 0; nth < count; nth++) {
    const happenedAtNs = startNs + BigInt(nth);
    yield {
      about: 'peer',
      chain: 'regtest',
      nodeId: alice,
      peerId: bob,
      source: 'names',
      happenedAtNs,
      recordedAtNs: startNs + 1_000_000n,
      timeBasis: 'source',
      evidence: `name ${nth}`,
      key: `name-${nth}`,
      fact: { type: 'PeerRenamed', data: { alias: `bob ${nth}` } },
    };
  }
}

/** An importer of names, that does what the test says once it has given some. */
function namesImporter(
  then: (context: ImportContext) => void = () => undefined,
  count = 3,
): ImporterEntry {
  return {
    name: 'names',
    summary: 'reads names',
    example: 'import names records',
    options: [{ flags: '--loud', description: 'in capitals' }],
    load: async () => ({
      async open(context) {
        const tally = new Tally();
        tally.cannotTell('what the names mean');
        return { observations: observe(context, tally), tally };
      },
    }),
  };
  async function* observe(context: ImportContext, tally: Tally) {
    for (const observation of renamed(count)) {
      tally.read('name');
      yield observation;
    }
    then(context);
    if (context.signal.aborted) return;
    yield* [...renamed(count + 2)].slice(count);
  }
}

async function run(
  args: readonly string[],
  { ledger = 'new.db', ...surroundings }: Surroundings & { readonly ledger?: string } = {},
) {
  const path = join(place, ledger);
  const outcome = await runInProcess([...args, '--ledger', path], { ledgers, ...surroundings });
  return { ...outcome, path };
}

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
  assert.match(second.out, 'observations  5, 3 of them known already');
  assert.match(second.out, 'events added  2: 2 PeerRenamed');
});

test('records that cannot be read on end the import with a sentence, and what came before stays', async () => {
  const importers = [
    namesImporter(() => {
      throw new ImportError('record 4 (byte 90) is not to be read: give another file');
    }),
  ];
  const { exitCode, out, err } = await run(names, { importers, ledger: 'broken.db' });
  assert.is(exitCode, 3);
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
  assert.is(exitCode, 3);
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

test('a file of another program is told what it is, and who reads it', async () => {
  const bbolt = Buffer.alloc(4096);
  bbolt.writeUInt32LE(0xed0cdaed, 16);
  const channelDb = join(place, 'channel.db');
  writeFileSync(channelDb, bbolt);
  const given = ['import', 'names', channelDb];
  const lnd: ImporterEntry = { ...namesImporter(), name: 'lnd' };
  const wrong = await run(given, { importers: [namesImporter(), lnd], ledger: 'wrong.db' });
  assert.is(wrong.exitCode, 1);
  assert.is(
    wrong.err,
    `channel-ledger: ${channelDb} is a bbolt database, as lnd's channel.db is: write "channel-ledger ` +
      `import lnd ${channelDb}"\n`,
  );
  const backup = join(place, 'channel.backup');
  writeFileSync(backup, 'enciphered');
  const notYet = await run(['import', 'names', backup], { importers: [namesImporter()] });
  assert.is(notYet.exitCode, 1);
  assert.is(
    notYet.err,
    `channel-ledger: not yet: ${backup} is lnd's static channel backup, which is enciphered and holds no ` +
      'states; give channel.db to "import lnd" instead\n',
  );
  assert.not.ok(existsSync(wrong.path));
});

/** An importer to which only files are given that are recognised as what it reads. */
const choosy = (name: string): ImporterEntry => {
  return { ...namesImporter(), name, reads: `the records of ${name}` };
};
const CLN_JSON = '{"channels": [{"peer_id": "02"}]}';

test('a file in which nothing is read is refused, and nothing is written', async () => {
  const importers = [choosy('lnd'), choosy('cln')];
  const wrong: readonly (readonly [content: string, sentence: string])[] = [
    ['', 'is an empty file, and "import lnd" reads the records of lnd: is it the right file?'],
    ['{"a":1}', 'is JSON without any list that a node prints, and "import lnd" reads the records'],
    ['{"$schema": "x"}', 'is a JSON schema, which describes records and is none, and "import lnd"'],
    ['garbage', 'is of no form that is known here, and "import lnd" reads the records of lnd'],
    [CLN_JSON, 'is JSON that lightning-cli prints: write "channel-ledger import cln'],
  ];
  const path = join(place, 'wrong.json');
  for (const [content, sentence] of wrong) {
    writeFileSync(path, content);
    const given = ['import', 'lnd', path];
    const { exitCode, out, err, path: ledger } = await run(given, { importers, ledger: 'w.db' });
    assert.is(exitCode, 1);
    assert.is(out, '');
    assert.ok(err.startsWith(`channel-ledger: ${path} ${sentence}`), err);
    assert.not.ok(existsSync(ledger));
  }
  writeFileSync(path, '{"channels": []}');
  const empty = await run(['import', 'lnd', path], { importers, ledger: 'w.db' });
  assert.is(empty.exitCode, 0);
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

test('of a folder what is recognised is read, and the rest is listed with what it is', async () => {
  const folder = join(place, 'folder');
  mkdirSync(join(folder, 'deeper'), { recursive: true });
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const right = [file('a.json', CLN_JSON), file('deeper/b.json', CLN_JSON)];
  const readme = file('README.md', '# Records');
  const lnd = file('lnd.json', '{"channels": [{"channel_point": "ab:0"}]}');
  const secret = file('hsm_secret', 'enciphered');
  file('.hidden', 'x');
  file('a.sqlite3-wal', 'x');
  const seen: ImportContext[] = [];
  const noting = { ...namesImporter((context) => seen.push(context)), name: 'cln', reads: 'lists' };
  const importers = [noting, choosy('lnd')];
  const given = ['import', 'cln', folder];
  const { exitCode, out } = await run([...given, '--json'], { importers, ledger: 'folder.db' });
  assert.is(exitCode, 0);
  assert.equal(seen[0]?.paths, right);
  const filesNotRead = [
    { path: readme, why: 'it is of no form that is known here' },
    {
      path: secret,
      why:
        "not yet, it is Core Lightning's hsm_secret: keep it secret, it holds keys and no record: restore " +
        'it with its own program, and give the database of the node instead',
    },
    { path: lnd, why: 'it is JSON that lncli prints, which "import lnd" reads' },
  ];
  assert.equal(JSON.parse(out).filesNotRead, filesNotRead);
  const told = await run(given, { importers, ledger: 'folder.db' });
  assert.match(told.out, `files not read  ${readme}: it is of no form that is known here`);
  const named = await run(['import', 'cln', ...right, readme], { importers, ledger: 'named.db' });
  assert.is(named.exitCode, 1);
  assert.match(named.err, `${readme} is of no form that is known here`);
  const other = await run(['import', 'lnd', join(folder, 'deeper')], { importers });
  assert.is(other.exitCode, 1);
  assert.match(other.err, 'deeper has nothing that "import lnd" reads');
});

test('what is asked wrongly is told before anything is read', async () => {
  const importers = [namesImporter()];
  const nameless = await run(['import', 'names', '-'], { importers });
  assert.is(nameless.exitCode, 2);
  assert.is(nameless.err, 'channel-ledger: "import names" reads files, and - is none: name them\n');
  const chain = await run([...names, '--chain', 'Bit Coin'], { importers });
  assert.is(chain.exitCode, 2);
  assert.match(chain.err, '--chain takes a name such as bitcoin or regtest, not "Bit Coin"');
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
  assert.is(exitCode, 3);
  assert.not(existsSync(path));
});

test.run();
