/** What `verify --signatures` found of each channel: commitments rebuilt, and who signed them. */
import { count, counted } from './format.ts';
import type { ChannelProof } from './ledger-port.ts';
import type { Names } from './names.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';
import { hanging } from './terminal-text.ts';

export function proofLines(
  channels: readonly ChannelProof[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  if (channels.length === 0) return hanging('', NOTHING_TO_PROVE, width);
  const number = (
    header: string,
    rank: number,
    value: (row: ChannelProof) => number,
  ): Column<ChannelProof> => {
    return { header, rank, align: 'right', cell: (row) => count(value(row)) };
  };
  const columns: Column<ChannelProof>[] = [
    { header: 'channel', rank: 0, cell: ({ channelId }) => names.channel(channelId) },
    { header: 'node', rank: 5, cell: ({ nodeId }) => nodeName(names, nodeId) },
    { header: 'source', rank: 4, cell: ({ source }) => style.text(source) },
    { header: 'type', rank: 3, cell: ({ channelType }) => channelType },
    number('states', 0, ({ states }) => states),
    number('rebuilt', 0, ({ rebuilt }) => rebuilt),
    number('as stored', 0, ({ checkedAsStored }) => checkedAsStored),
    number('closes', 1, ({ closes }) => closes.checkedAsStored),
    number('valid', 0, ({ valid }) => total(valid)),
    {
      ...number('bad', 0, ({ bad }) => total(bad)),
      colour: ({ bad }) => (total(bad) > 0 ? 'red' : undefined),
    },
    {
      header: 'not checkable',
      rank: 2,
      mayStandBelow: true,
      cell: ({ notCheckable }) =>
        notCheckable.map(({ why, count: times }) => `${count(times)} (${why})`).join(', '),
    },
  ];
  const table = tableLines(channels, columns, {
    style,
    width,
    details: (row) => details(row).flatMap((line) => hanging('', line, width && width - INDENT)),
  });
  return [...table, '', ...sumLines(channels, style, width)];
}

/** Lists that a node prints hold neither commitments nor transactions. */
const NOTHING_TO_PROVE =
  'no source told a commitment or a closing transaction of any channel: there is no signature of theirs to check';

/** Of the lines below a row. */
const INDENT = 2;

function details(row: ChannelProof): readonly string[] {
  const { notChecked } = row;
  if (notChecked === undefined) return missingSecrets(row);
  return [
    `${notChecked}: not ${row.states > 0 ? 'all of it is ' : ''}checked`,
    ...missingSecrets(row),
  ];
}

const MOST_GAPS = 5;

/** The first gaps, each by its commitment numbers. */
function missingSecrets({ secrets }: ChannelProof): readonly string[] {
  return (['local', 'remote'] as const).flatMap((side) => {
    const { gaps } = secrets[side];
    if (gaps.length === 0) return [];
    const named = gaps.slice(0, MOST_GAPS).map(({ first, last }) => {
      return first === last ? count(first) : `${count(first)} to ${count(last)}`;
    });
    const rest = gaps.length > MOST_GAPS ? ', …' : '';
    return [`secrets of ${side} commitments not told: ${named.join(', ')}${rest}`];
  });
}

function nodeName(names: Names, nodeId: string): string {
  return names.hasSeveralNodes ? names.node(nodeId) : '';
}

function sumLines(
  channels: readonly ChannelProof[],
  { paint }: Style,
  width: number | undefined,
): readonly string[] {
  const sum = (value: (row: ChannelProof) => number) =>
    channels.reduce((before, row) => before + value(row), 0);
  const bad = sum((row) => total(row.bad));
  const states = counted(
    sum((row) => row.states),
    'commitment',
  );
  const parts = [
    `${states}: ${count(sum((row) => row.rebuilt))} rebuilt`,
    `${count(sum((row) => row.checkedAsStored))} checked as stored`,
    `${count(sum((row) => row.notCheckable.reduce((all, one) => all + one.count, 0)))} not checkable`,
  ];
  const closes = counted(
    sum((row) => row.closes.checkedAsStored),
    'close',
  );
  if (sum((row) => row.closes.known) > 0) parts.push(`${closes} checked`);
  const unchecked = channels.filter(({ notChecked }) => notChecked !== undefined).length;
  if (unchecked > 0) parts.push(`${counted(unchecked, 'channel')} not checked`);
  const signatures = `${count(sum((row) => total(row.valid)))} valid, ${count(bad)} bad`;
  const text = `${parts.join(', ')}; signatures of commitments, HTLCs and closes: ${signatures}`;
  const colour = bad + unchecked > 0 ? 'red' : 'green';
  return hanging('', text, width).map((line) => paint(colour, line));
}

function total({ commitments, htlcs, closes }: ChannelProof['valid']): number {
  return commitments + htlcs + closes;
}
