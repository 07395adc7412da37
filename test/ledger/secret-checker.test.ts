import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import type { SecretPair, SecretTask } from '../../src/ledger/secret-answers.ts';
import { SecretChecker, type SecretProblem } from '../../src/ledger/secret-checker.ts';
import { SecretPool } from '../../src/ledger/secret-pool.ts';
import { SecretWatch } from '../../src/ledger/secret-watch.ts';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { keyringOf, recorded, recorderOf } from './recording.ts';
import { channelStory, commitment, opened, pointHex, secretHex } from './story.ts';

const test = suite('secrets checked beside the recording');

/** One side's commitments and revocations; the named ones reveal a secret that is another's. */
function commitments(count: number, wrong: readonly number[] = []): ChannelFact[] {
  const facts: ChannelFact[] = [opened];
  for (let number = 1; number <= count; number++) {
    const given = number - 1;
    const [secretOf, from] = wrong.includes(given)
      ? (['local', number] as const)
      : (['remote', given] as const);
    const secret = { secret: secretHex(secretOf, from) };
    facts.push(commitment('remote', number));
    facts.push({ type: 'CommitmentRevoked', data: { side: 'remote', number: given }, secret });
  }
  return facts;
}

async function checked(store: MemoryStore, options: { readonly after?: string } = {}) {
  const told: SecretProblem[] = [];
  const checker = new SecretChecker({
    store,
    keyring: keyringOf(store),
    onProblem: (problem) => told.push(problem),
    ...options,
  });
  return { checker, told };
}

test('are found right, while recording goes on', async () => {
  const store = new MemoryStore();
  const { checker, told } = await checked(store);
  const recorder = recorderOf(store);
  for (const observation of channelStory(commitments(30))) await recorder.record([observation]);
  await checker.caughtUp();
  assert.equal(checker.counts(), { checked: 30, notCheckable: 0, broken: 0, unchecked: 0 });
  assert.equal(told, []);
  await checker.close();
});

test('that are wrong are told with their place, and nothing of the secret', async () => {
  const store = new MemoryStore();
  const { checker, told } = await checked(store);
  await recorderOf(store).record(channelStory(commitments(600, [2, 599])));
  await checker.caughtUp();
  assert.equal(checker.counts(), { checked: 600, notCheckable: 0, broken: 2, unchecked: 0 });
  const stream = told[0]?.stream ?? '';
  assert.equal(told, [problem(stream, 6, 2), problem(stream, 1200, 599)]);
  assert.equal(checker.problems(), told);
  assert.not.match(JSON.stringify(told), secretHex('local', 3));
  await checker.close();
});

function problem(stream: string, revision: number, number: number): SecretProblem {
  const detail = `the secret revealed for remote commitment ${number} is not the one behind its point`;
  return { rule: 'secret-matches-point', stream, revision, detail };
}

test('of what was recorded before a checkpoint are left to verify', async () => {
  const store = await recorded(channelStory(commitments(5, [1])));
  const after = await store.lastCheckpoint();
  const { checker } = await checked(store, after === undefined ? {} : { after });
  await recorderOf(store).record(channelStory(commitments(8, [1])));
  await checker.caughtUp();
  // Commitment 5 was recorded before: its point is not known here.
  assert.equal(checker.counts(), { checked: 2, notCheckable: 1, broken: 0, unchecked: 0 });
  await checker.close();
});

test('sealed with a key that is gone are counted as not checkable', async () => {
  const store = await recorded(channelStory(commitments(5)));
  keyringOf(store).destroy(
    store.keys.all().find(({ subject }) => subject !== 'links')?.subject ?? '',
  );
  const { checker } = await checked(store);
  await checker.caughtUp();
  assert.equal(checker.counts(), { checked: 0, notCheckable: 5, broken: 0, unchecked: 0 });
  await checker.close();
});

test('a checker closed in the middle leaves no thread and no error behind', async () => {
  const store = await recorded(channelStory(commitments(600)));
  const { checker } = await checked(store);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await checker.close();
  await checker.caughtUp();
});

test('the store closing ends it too', async () => {
  const store = await recorded(channelStory(commitments(3)));
  const { checker } = await checked(store);
  await checker.caughtUp();
  await store.close();
  await checker.close();
});

test('several workers answer each its own', async () => {
  const pool = new SecretPool(3);
  const pair = (secret: number, point: number) => ({
    secret: hexToBytes(secretHex('local', secret)),
    point: hexToBytes(pointHex('local', point)),
  });
  const asked = [0, 1, 2, 3, 4, 5].map((number) =>
    pool.ask({ kind: 'pairs', pairs: [pair(number, number), pair(number, number + 1)] }),
  );
  for (const answer of await Promise.all(asked)) {
    assert.equal(answer, { kind: 'pairs', areRight: [true, false] });
  }
  await pool.close();
  const refused = await pool
    .ask({ kind: 'pairs', pairs: [] })
    .catch((error: Error) => error.message);
  assert.is(refused, 'the secret checker is closed');
});

test('go on with a new worker where one ends: it is asked the same again', async () => {
  const pool = new SecretPool(1);
  const torn: SecretTask = { kind: 'pairs', pairs: [JSON.parse('null') as SecretPair] };
  const refused = await pool.ask(torn).catch((error: Error) => error.message);
  assert.match(String(refused), /null/);
  const again = await pool.ask({ kind: 'pairs', pairs: [] });
  assert.equal(again, { kind: 'pairs', areRight: [] });
  await pool.close();
});

/** Refuses what it is asked, so many times. */
function failing(times: number): Pick<SecretPool, 'ask' | 'close'> {
  let left = times;
  const answer = { kind: 'events', checked: 7, notCheckable: 0, problems: [] } as const;
  return {
    ask: async () => {
      if (left-- > 0) throw new Error('out of memory');
      return answer;
    },
    close: async () => undefined,
  };
}

test('of a batch that two workers lost are counted, and the check goes on', async () => {
  const store = await recorded(channelStory(commitments(3)));
  const checker = new SecretChecker({ store, keyring: keyringOf(store), pool: failing(2) });
  await checker.caughtUp();
  assert.equal(checker.counts(), { checked: 0, notCheckable: 0, broken: 0, unchecked: 3 });
  assert.is(checker.failure, 'out of memory');
  assert.not.ok(checker.hasEnded);
  await checker.close();
});

test('that nobody checks are a problem, and the next recording begins the check again', async () => {
  const store = await recorded(channelStory(commitments(600)));
  const keyring = keyringOf(store);
  const pools = [failing(Number.POSITIVE_INFINITY), failing(0)];
  const watch = new SecretWatch({
    store,
    keyring,
    nowNs: () => 0n,
    makeChecker: () => new SecretChecker({ store, keyring, pool: pools.shift() ?? failing(0) }),
  });
  await watch.begin();
  for (let turn = 0; turn < 500 && watch.report().unchecked < 300; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [problem] = watch.problems();
  assert.is(problem?.kind, 'not-checked');
  assert.match(problem?.detail ?? '', 'the check beside the recording failed: out of memory');
  const { unchecked } = watch.report();
  await watch.begin();
  for (let turn = 0; turn < 500 && watch.report().checked === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(watch.report().checked > 0);
  assert.is(watch.report().unchecked, unchecked, 'what was lost stays said');
  await watch.close();
});

test.run();
