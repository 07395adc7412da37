/** Times that were placed between others, as a person reads them. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { channelTable } from '../../src/cli/channels.ts';
import { closedTable } from '../../src/cli/closed.ts';
import { feeTable } from '../../src/cli/fees.ts';
import { forwardTable } from '../../src/cli/forwards.ts';
import { historyLines, withTimeWidth } from '../../src/cli/history.ts';
import { namesOf } from '../../src/cli/names.ts';
import { lastSeen } from '../../src/cli/peers.ts';
import { placedTime } from '../../src/cli/placed-time.ts';
import { problemLines } from '../../src/cli/problems.ts';
import { accountLines } from '../../src/cli/show.ts';
import { styleFor } from '../../src/cli/style.ts';
import { markedAt } from '../../src/ledger/answers/only-placed.ts';
import type { Query } from '../../src/ledger/query.ts';
import { parseTimeNs } from '../../src/schema/time.ts';
import type { TimeBounds } from '../../src/schema/time-bounds.ts';
import * as views from './views.ts';

const unicode = styleFor({ LANG: 'C.UTF-8' }, false);
const ascii = styleFor({ LANG: 'C' }, false);
const stored = (text: string) => `${text.replace(' ', 'T')}.000000000Z`;
const bounds = (notBefore?: string, notAfter?: string): TimeBounds => ({
  ...(notBefore !== undefined && { notBefore: stored(notBefore) }),
  ...(notAfter !== undefined && { notAfter: stored(notAfter) }),
});

const forms = suite('a time');
const at = stored('2021-03-04 10:00:30');

forms('that was told is shown to the second, and one that is not known not at all', () => {
  is(placedTime(at, undefined, unicode), '2021-03-04 10:00:30');
  is(placedTime(undefined, undefined, unicode), '');
});

forms('in the middle of its bounds has half of their width, in a unit that says enough', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['2021-03-01 10:00:00', '2021-03-07 10:00:00', '2021-03-04 10:00 ± 3 d'],
    ['2021-03-03 22:00:00', '2021-03-04 22:00:00', '2021-03-04 10:00 ± 12 h'],
    ['2021-03-04 09:30:30', '2021-03-04 10:30:30', '2021-03-04 10:00:30 ± 30 min'],
    ['2021-03-04 10:00:25', '2021-03-04 10:00:35', '2021-03-04 10:00:30 ± 5 s'],
    // Not quite in the middle: the wider side is said.
    ['2021-03-02 10:00:00', '2021-03-07 09:00:00', '2021-03-04 10:00 ± 3 d'],
  ];
  for (const [from, to, shown] of cases) is(placedTime(at, bounds(from, to), unicode), shown);
});

forms('nearer to one of its bounds has both, and neither is smaller than it is', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['2021-03-03 09:00:00', '2021-03-13 10:00:00', '2021-03-04 10:00 -25 h +9 d'],
    ['2021-03-04 10:00:30', '2021-03-04 10:10:31', '2021-03-04 10:00:30 -0 +11 min'],
    ['2021-02-04 10:00:00', '2021-03-04 10:00:30', '2021-03-04 10:00 -28 d +30 s'],
  ];
  for (const [from, to, shown] of cases) is(placedTime(at, bounds(from, to), unicode), shown);
});

forms('with one bound is no earlier or no later than that, and with none about then', () => {
  const second = '2021-03-04 09:00:00';
  is(placedTime(at, bounds(second), unicode), `≥ ${second}`);
  is(placedTime(at, bounds(undefined, second), unicode), `≤ ${second}`);
  is(placedTime(at, bounds(), unicode), '2021-03-04 10:00 ± ?');
  // A bound within a second is not cut to a time that it excludes.
  const notAfter = '2021-03-04T09:00:00.500000000Z';
  is(placedTime(at, { notAfter }, unicode), '≤ 2021-03-04 09:00:01');
});

forms('has its signs in ASCII too', () => {
  is(
    placedTime(at, bounds('2021-03-01 10:00:00', '2021-03-07 10:00:00'), ascii),
    '2021-03-04 10:00 +- 3 d',
  );
  is(placedTime(at, bounds('2021-03-01 10:00:00'), ascii), '>= 2021-03-01 10:00:00');
  is(placedTime(at, bounds(undefined, '2021-03-01 10:00:00'), ascii), '<= 2021-03-01 10:00:00');
});

forms.run();

const tables = suite('what was placed is shown with ± in');
const placed = bounds('2021-03-01 10:00:00', '2021-03-07 10:00:00');
const shown = '2021-03-04 10:00 ± 3 d';
const names = namesOf([views.openChannel, views.closedChannel], [], unicode);

tables('channels and closed', () => {
  const channel = {
    ...views.openChannel,
    openedAt: at,
    openedAtBounds: placed,
    lastEventAt: at,
    lastEventAtBounds: placed,
  };
  const [header = '', row = ''] = channelTable([channel], names, unicode, undefined);
  is(row.slice(header.indexOf('opened (UTC)')).slice(0, shown.length), shown);
  is(row.slice(header.indexOf('last update (UTC)')).slice(0, shown.length), shown);
  const { close } = views.closedChannel;
  const closed = {
    ...views.closedChannel,
    close: {
      ...close,
      closedAt: at,
      closedAtBounds: placed,
      resolvedAt: at,
      resolvedAtBounds: placed,
    },
  };
  const wide = closedTable([closed], names, unicode, undefined);
  is(wide[1]?.split(shown).length, 3);
  // In 80 columns it stands below its row, whole.
  const narrow = closedTable([closed], names, unicode, 80);
  ok(narrow.join('\n').includes(`closed (UTC): ${shown}`));
  ok(narrow.every((line) => line.length <= 80));
});

tables('a state that may be of a later time is marked, in the list and in the account', () => {
  const timeNs = (text: string) => ({ at: { kind: 'time', timeNs: parseTimeNs(text) } }) as const;
  const channel = { ...views.openChannel, lastEventAt: at, lastEventAtBounds: placed };
  const stateAt = (query: Query) => {
    const marked = markedAt(channel, query);
    const [header = '', row = ''] = channelTable([marked], names, unicode, undefined);
    const state = row.slice(header.indexOf('state'), header.indexOf('capacity sat')).trim();
    const account = {
      channel: marked,
      peer: undefined,
      feeChanges: [],
      forwards: [],
      balances: [],
    };
    ok(accountLines(account, names, unicode, undefined)[0]?.endsWith(`  ${state}`));
    return state;
  };
  is(stateAt(timeNs('2021-03-05T00:00:00Z')), 'open ±');
  is(stateAt(timeNs('2021-03-07T10:00:00Z')), 'open');
  is(stateAt({}), 'open');
});

tables('when a peer was seen', () => {
  for (const view of views.peers) {
    const peer = { ...view, isConnected: false, lastSeenAt: at, lastSeenAtBounds: placed };
    is(lastSeen(peer, unicode), shown);
  }
});

tables('fees and forwards', () => {
  const fees = feeTable([{ ...views.feeChange, at, atBounds: placed }], names, unicode, undefined);
  ok(fees[1]?.startsWith(`${shown}  `));
  const all = forwardTable([{ ...views.forward, at, atBounds: placed }], names, unicode, undefined);
  ok(all[1]?.startsWith(`${shown}  `));
});

tables('history, where what changed does not say it again as if it were known', () => {
  const [line = ''] = historyLines(
    {
      ...views.historyEntry,
      at,
      timeBasis: 'interpolated',
      atBounds: placed,
      changes: [
        { field: 'close.closedAt', to: at },
        { field: 'close.closedAtBounds.notBefore', to: placed.notBefore },
        { field: 'status', from: 'open', to: 'closed' },
      ],
    },
    false,
    unicode,
  );
  ok(line.startsWith(`${shown}  `), line);
  ok(line.includes('[status: open → closed]'), line);
});

tables('history, its columns under each other whatever the bounds', () => {
  const far = bounds('2021-02-13 10:00:00', '2027-01-18 10:00:00');
  const entries = [undefined, placed, far].map((atBounds) => {
    return { ...views.historyEntry, at, ...(atBounds && { atBounds }) };
  });
  const starts = [...withTimeWidth(entries, unicode)].map(({ entry, time }) => {
    return historyLines(entry, false, unicode, 80, { time })[0]?.indexOf('HtlcSettled');
  });
  // As wide as the widest, which has the bounds that are farthest.
  const widest = placedTime(at, far, unicode);
  is(widest, '2021-03-04 10:00 -19 d +2146 d');
  equal(starts, Array(3).fill(widest.length + '  '.length + 6 + '  '.length));
});

tables('history of any length, the first of which says how wide they are', () => {
  const short = { ...views.historyEntry, at };
  const long = { ...short, atBounds: bounds('2021-02-13 10:00:00', '2027-01-18 10:00:00') };
  const widths = (more: readonly (typeof short)[]) => {
    const all = [...Array<typeof short>(1_000).fill(short), ...more];
    return [...withTimeWidth(all, unicode)].map(({ time }) => time);
  };
  const exact = '2021-03-04 10:00:30.000'.length;
  equal(new Set(widths([])), new Set([exact]));
  const grown = widths([long, short]);
  equal(grown.length, 1_002);
  equal(grown.slice(998), [exact, exact, 30, 30]);
});

tables('problems', () => {
  const problem = { ...views.problem, firstAt: at, lastAt: at };
  const lines = problemLines(
    { ...problem, firstAtBounds: placed, lastAtBounds: placed },
    names,
    unicode,
  );
  ok(lines[1]?.includes(`(${shown})`) || lines[1]?.includes(`, ${shown})`), lines[1]);
  equal(problemLines(problem, names, unicode)[1]?.includes('±'), false);
});

tables.run();
