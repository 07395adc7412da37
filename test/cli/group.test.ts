import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import { testCluster } from '../store/cluster.ts';
import { sampleEvents } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const real = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const group = suite('group');

const cluster = await testCluster();
group.after(() => cluster.close());

const STREAM = 'channel-a.b.ldk';

/** The address of a ledger with so many events. */
async function ledgerOf(count: number): Promise<string> {
  const address = cluster.newLedger();
  const store = openClusterStore(address);
  await store.append(STREAM, sampleEvents(0, count), { expectedRevision: NO_STREAM });
  await store.close();
  return address;
}

const run = (address: string, ...args: string[]) =>
  runInProcess(['group', ...args, '--ledger', address]);

interface Line {
  readonly attempt: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly digest: string;
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

group(
  'is listed with what is parked, and removed with what it knew, and no other ledger’s is',
  async () => {
    const [address, other] = [await ledgerOf(3), await ledgerOf(1)];
    assert.is((await run(address, 'list')).out, 'no group\n');
    for (const name of ['audit', 'bills']) await run(address, 'create', name);
    await run(other, 'create', 'theirs');
    const listed = await run(address, 'list');
    assert.is(
      listed.out,
      'audit: Live, 0 consumers, 0 events under way, 0 parked\n' +
        'bills: Live, 0 consumers, 0 events under way, 0 parked\n',
    );
    assert.is((await run(address, 'remove', 'audit')).out, 'group audit removed\n');
    const left = JSON.parse((await run(address, 'list', '--json')).out) as { name: string }[];
    assert.equal(
      left.map(({ name }) => name),
      ['bills'],
    );
    const again = await run(address, 'remove', 'audit');
    assert.is(again.exitCode, 3);
    assert.match(again.err, 'there is no group "audit"');
  },
);

group('is made, consumed line by line, and not consumed twice', async () => {
  const address = await ledgerOf(12);
  const made = await run(address, 'create', 'audit');
  assert.equal([made.exitCode, made.out], [0, 'group audit made\n']);
  const first = await run(address, 'consume', 'audit', '--count', '5');
  assert.is(first.exitCode, 0, first.err);
  const second = await run(address, 'consume', 'audit', '--count', '7');
  const lines = [...linesOf(first.out), ...linesOf(second.out)];
  assert.is(lines.length, 12);
  assert.equal(
    new Set(lines.map(({ id }) => id)),
    new Set(sampleEvents(0, 12).map(({ id }) => id)),
  );
  assert.ok(lines.every(({ stream, digest }) => stream === STREAM && digest.length === 64));
});

group('says what was asked wrongly in one sentence', async () => {
  const address = await ledgerOf(1);
  const file = await run('ledger.db', 'create', 'audit');
  assert.is(file.exitCode, 2);
  assert.match(file.err, 'groups are kept by a server: name it with --ledger esdb://');
  const missing = await run(address, 'consume', 'missing');
  assert.is(missing.exitCode, 3);
  assert.match(missing.err, 'there is no group "missing": create it first');
  await run(address, 'create', 'audit');
  const twice = await run(address, 'create', 'audit');
  assert.match(twice.err, 'there is a group "audit" already');
  const never = await run(address, 'create', 'other', '--park-after', '0');
  assert.equal([never.exitCode, /--park-after takes a whole number/.test(never.err)], [2, true]);
  const nothing = await run(address, 'list-parked', 'audit');
  assert.equal([nothing.exitCode, nothing.out], [0, '']);
  const help = await runInProcess(['group']);
  assert.is(help.exitCode, 2);
});

function consumer(address: string): ChildProcess {
  return spawn(process.execPath, [real, 'group', 'consume', 'audit', '--ledger', address]);
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

/** What it wrote until there were so many lines. */
async function written(child: ChildProcess, count: number): Promise<readonly Line[]> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.split('\n').length > count) break;
  }
  return linesOf(text.slice(0, text.lastIndexOf('\n')));
}

group('a consumer that is stopped has acknowledged what it wrote', async () => {
  const address = await ledgerOf(20);
  await run(address, 'create', 'audit');
  const child = consumer(address);
  const lines = await written(child, 20);
  assert.is(lines.length, 20);
  child.kill('SIGINT');
  assert.is(await ended(child), 130);
  const store = openClusterStore(address);
  await store.append(STREAM, sampleEvents(20, 21), { expectedRevision: 19 });
  await store.close();
  const next = await run(address, 'consume', 'audit', '--count', '1');
  assert.equal(
    linesOf(next.out).map(({ revision }) => revision),
    [20],
  );
});

/** Everything it wrote, to the end of its life. */
async function allWritten(child: ChildProcess, onText: () => void): Promise<readonly Line[]> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    onText();
  }
  return linesOf(text.slice(0, text.lastIndexOf('\n')));
}

group('a consumer that is killed, or whose reader goes, loses nothing', async () => {
  const address = await ledgerOf(300);
  await run(address, 'create', 'audit', '--park-after', '9');
  const killed = consumer(address);
  const seen = new Set<number>();
  for (const { revision } of await allWritten(killed, () => killed.kill('SIGKILL'))) {
    seen.add(revision);
  }
  const unread = consumer(address);
  unread.stdout?.destroy();
  assert.is(await ended(unread), 0);
  const before = seen.size;
  const rest = await run(address, 'consume', 'audit', '--count', String(300 - before));
  for (const { revision } of linesOf(rest.out)) seen.add(revision);
  // What the killed one wrote and had no time to acknowledge comes again: then some are still missing.
  while (seen.size < 300) {
    const more = await run(address, 'consume', 'audit', '--count', '1');
    for (const { revision } of linesOf(more.out)) seen.add(revision);
  }
  assert.ok(before > 0);
});

group('what is parked is listed with its data and given out again', async () => {
  const address = await ledgerOf(3);
  await run(address, 'create', 'audit', '--park-after', '1');
  const { openGroups } = await import('../../src/ledger/operators/consume-group.ts');
  const groups = await openGroups(address);
  const stop = new AbortController();
  let handled = 0;
  const refuse = ({ revision }: { readonly revision: number }) => {
    if (++handled === 3) setTimeout(() => stop.abort(), 300);
    if (revision === 1) throw new Error('it does not fit');
  };
  await groups.consume('audit', refuse, { signal: stop.signal });
  await groups.close();
  const parked = await run(address, 'list-parked', 'audit');
  assert.equal(
    linesOf(parked.out).map(({ revision }) => revision),
    [1],
  );
  const replayed = await run(address, 'replay-parked', 'audit');
  assert.is(replayed.out, '1 parked event given out again\n');
  const again = await run(address, 'consume', 'audit', '--count', '1');
  assert.equal(
    linesOf(again.out).map(({ revision }) => revision),
    [1],
  );
});

group.run();
