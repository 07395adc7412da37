import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { type HistoryContext, history } from '../../../src/ledger/answers/history.ts';
import { randomNumbers, seedOfRun } from '../../store/sample-events.ts';
import { type Given, given, ofChannel, opened, tell, updated } from './given.ts';
import { channelId } from './rows.ts';

const seed = seedOfRun();
const EVENTS = 700;

/** Two tellers of one channel, many events of one time; `isLate`: one of them tells some afterwards. */
function told(isLate: boolean): Promise<Given> {
  const random = randomNumbers(seed);
  let second = 1;
  const seconds = Array.from({ length: EVENTS }, () => {
    second = Math.min(58, second + (random(13) === 0 ? 1 : 0));
    return second;
  });
  const events = seconds.map((at, nth) => {
    const isSecond = random(2) === 0;
    const wasBefore = isLate && isSecond && random(40) === 0;
    const commitment = updated('local', nth + 1, 600_000_000n - BigInt(nth));
    return tell(ofChannel(isSecond ? 'lnd-db' : 'ldk'), wasBefore ? at - 1 : at, commitment);
  });
  return given(tell(ofChannel(), 0, opened()), tell(ofChannel('lnd-db'), 0, opened()), ...events);
}

for (const isLate of [false, true]) {
  const order = isLate ? 'out of order' : 'in order';
  test(`the newest entries of streams ${order} are the end of all of them, changes included`, async () => {
    const ledger = await told(isLate);
    const random = randomNumbers(seed + 1);
    ledger
      .when((context: HistoryContext) => {
        const all = [...history(context, channelId)];
        is(all.length, EVENTS + 2);
        for (let round = 0; round < 40; round++) {
          const count = 1 + random(round % 4 === 0 ? 600 : 12);
          const end = round === 0 ? all.length : random(all.length + 1);
          const before = all[end];
          const last = { count, ...(before !== undefined && { before }) };
          const expected = all.slice(Math.max(0, end - count), end);
          equal([...history(context, channelId, { last })], expected, `seed ${seed}`);
        }
        return all.length;
      })
      .then(EVENTS + 2);
  });
}

test('of types that are rare they are looked for up to the beginning', async () => {
  const ledger = await told(false);
  const last = { count: 2 };
  ledger
    .when((context: HistoryContext) =>
      [...history(context, channelId, { types: ['ChannelOpened'], last })].map(
        ({ type, stream }) => [type, stream.split('.').at(-1)],
      ),
    )
    .then([
      ['ChannelOpened', 'ldk'],
      ['ChannelOpened', 'lnd-db'],
    ]);
});

test.run();
