/** Who asks where a number comes from, or what changed, can leave: the work ends with them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryLedger, playInto } from '../../demo/play.ts';

const ledger = await memoryLedger('stop');
await playInto(ledger, { seed: 'stop', payments: 20 });
test.after(() => ledger.close());
const { store, forensics } = ledger;
/** As long as a slice, and longer. */
const LONG = 130;
const [stream = '', events = []] =
  store
    .streamNames('channel-')
    .map((name) => [name, [...store.streamEvents(name)]] as const)
    .find(([, told]) => told.length > LONG) ?? [];
const [, nodeId = '', channelId = ''] = /^channel-([^.]+)\.([^.]+)\./.exec(stream) ?? [];
const last = { kind: 'revision', revision: events.length - 1 } as const;

/** Runs with a clock that leaps: every slice of work is over when it is first looked at. */
async function reasonOf(ask: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
  let now = 0;
  const leaping = () => {
    now += 1000;
    return now;
  };
  Object.defineProperty(performance, 'now', { value: leaping, configurable: true });
  try {
    return await ask(AbortSignal.abort(new Error('told to stop'))).then(
      () => 'it came to an end',
      (error: unknown) => String(error),
    );
  } finally {
    Reflect.deleteProperty(performance, 'now');
  }
}

test('the search for a field ends with who asked for it', async () => {
  const query = { nodeId };
  const found = (signal: AbortSignal) =>
    forensics.origin(channelId, 'localBalanceMsat', { ...query, signal });
  assert.is(await reasonOf(found), 'Error: told to stop');
  const { revision } = await found(new AbortController().signal);
  assert.is((await forensics.origin(channelId, 'localBalanceMsat', query)).revision, revision);
});

test('a comparison ends with who asked for it', async () => {
  const query = { nodeId, from: { kind: 'revision', revision: 0 }, to: last } as const;
  const told = (signal: AbortSignal) => forensics.diff(channelId, { ...query, signal });
  assert.is(await reasonOf(told), 'Error: told to stop');
  const whole = await told(new AbortController().signal);
  assert.equal(whole, await forensics.diff(channelId, query));
});

test.run();
