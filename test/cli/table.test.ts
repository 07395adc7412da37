import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { balanceChart } from '../../src/cli/chart.ts';
import { balanceBar } from '../../src/cli/format.ts';
import { styleFor } from '../../src/cli/style.ts';
import { type Column, fieldLines, tableLines } from '../../src/cli/table.ts';
import { at, balances } from './views.ts';

const style = styleFor({ LANG: 'C.UTF-8' }, false);
const ascii = styleFor({ LANG: 'C' }, false);

interface Row {
  readonly name: string;
  readonly amount: string;
  readonly note?: string;
}

const columns: readonly Column<Row>[] = [
  { header: 'name', rank: 0, cell: (row) => row.name },
  { header: 'amount sat', rank: 1, align: 'decimal', cell: (row) => row.amount },
  { header: 'note', rank: 2, cell: (row) => row.note ?? '' },
];
const rows: readonly Row[] = [
  { name: '日本', amount: '1,000.5', note: 'first' },
  { name: 'plain', amount: '20' },
];

test('columns are aligned, amounts at their decimal point', () => {
  assert.equal(tableLines(rows, columns, { style }), [
    'name   amount sat  note',
    '日本      1,000.5  first',
    'plain        20',
  ]);
});

test('a column that says nothing is left out', () => {
  const quiet = rows.map(({ name, amount }) => ({ name, amount }));
  assert.is(tableLines(quiet, columns, { style })[0], 'name   amount sat');
});

test('where what is always shown does not fit, each row stands in lines of its own', () => {
  const always = columns.map((column) => ({ ...column, rank: 0 }));
  assert.equal(tableLines(rows, always, { style, width: 21 }), [
    '日本',
    '  amount sat  1,000.5',
    '  note        first',
    'plain',
    '  amount sat  20',
  ]);
});

test('where there is no room the least important columns go, which is said', () => {
  assert.equal(tableLines(rows, columns, { style, width: 18 }), [
    'name   amount sat',
    '日本      1,000.5',
    'plain        20',
    'hidden: note; a',
    'wider terminal,',
    '--wide or --json',
    'shows them',
  ]);
});

test('what a table is read for stands below its row where there is no room', () => {
  const [name, amount, note] = columns as [Column<Row>, Column<Row>, Column<Row>];
  const kept = [name, amount, { ...note, mayStandBelow: true }] as const;
  assert.equal(tableLines(rows, kept, { style, width: 18 }), [
    'name   amount sat',
    '日本      1,000.5',
    '    note: first',
    'plain        20',
  ]);
});

test('a value that has no room goes on below itself, an id that has none below its name', () => {
  const id = 'ab'.repeat(16);
  const pairs = [
    ['reason', 'the peer did not answer in time'],
    ['', '#####'],
    ['channel id', id],
    ['left out', ''],
  ] as const;
  assert.equal(fieldLines(pairs, ascii, 36), [
    'reason      the peer did not answer',
    '            in time',
    '            #####',
    'channel id',
    `    ${id}`,
  ]);
  assert.equal(fieldLines(pairs, ascii), [
    'reason      the peer did not answer in time',
    '            #####',
    `channel id  ${id}`,
  ]);
});

test('colours are for terminals, and not where NO_COLOR is set', () => {
  assert.is(styleFor({}, true).paint('red', 'x'), '\x1b[31mx\x1b[0m');
  assert.is(styleFor({ NO_COLOR: '1' }, true).paint('red', 'x'), 'x');
  assert.is(styleFor({}, false).paint('red', 'x'), 'x');
});

test('a bar shows our part of the balance to the eighth of a cell', () => {
  assert.is(balanceBar(600n, 400n, 10, style), '██████░░░░');
  assert.is(balanceBar(0n, 400n, 4, style), '░░░░');
  assert.is(balanceBar(400n, 0n, 4, style), '████');
  assert.is(balanceBar(1n, 7n, 4, style), '▌░░░');
  assert.is(balanceBar(3n, 1n, 4, ascii), '###.');
  assert.is(balanceBar(undefined, 1n, 4, style), '');
});

test('a balance is drawn over time, each value until the next', () => {
  assert.equal(balanceChart(balances, ascii, 54), [
    '1,000,000 |#####################',
    '          |#####################',
    '          |#####################',
    '          |#####################                     #',
    '  500,000 |#####################                     #',
    '          |#####################                     #',
    '          |###########################################',
    '          |###########################################',
    '        0 +-------------------------------------------',
    '           2026-03-14 14:00:00     2026-03-14 15:00:00',
  ]);
});

test('one point is a chart too, and no point is none', () => {
  const one = [{ at: at('14:00:00'), localBalanceMsat: 1000n, remoteBalanceMsat: 0n }];
  assert.is(balanceChart(one, style, 40).length, 10);
  assert.equal(balanceChart([], style, 40), []);
});

test.run();
