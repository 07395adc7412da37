/** The tables of imports and of proofs, as lines. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ImportedReport, reportLines } from '../../src/cli/import-report.ts';
import { namesOf } from '../../src/cli/names.ts';
import { proofLines } from '../../src/cli/proof-table.ts';
import { styleFor } from '../../src/cli/style.ts';
import { displayWidth } from '../../src/cli/terminal-text.ts';
import { verifyLines } from '../../src/cli/verify.ts';
import type { ChannelProof } from '../../src/ledger/verify/proof-report.ts';
import { ChannelId, NodeId, ShortChannelId } from '../../src/lightning/ids.ts';

const style = styleFor({ LANG: 'C.UTF-8' }, false);
const WIDTH = 80;

const report: ImportedReport = {
  source: 'electrum',
  isDryRun: false,
  isFirst: true,
  isComplete: true,
  observations: 1,
  known: 0,
  events: 1,
  quarantined: 0,
  channels: 1,
  publicChannels: 0,
  eventsByType: { ChannelReady: 1 },
  quarantinedByRule: {},
  filesNotRead: [],
  read: {},
  unread: [],
  wrong: [],
  bad: { count: 0, named: [] },
  checked: {},
  cannotTell: [],
};

function readLine(read: Record<string, number>): string | undefined {
  const out = { style, columns: undefined };
  return reportLines({ ...report, read }, out).find((line) => line.startsWith('records read'));
}

test('one record is told in the singular, several in the plural', () => {
  const one = { 'journal patches': 1, wallets: 1, HTLCs: 1, 'log lines: peer up': 1 };
  assert.is(readLine(one), 'records read  1 journal patch, 1 wallet, 1 HTLC, 1 log line: peer up');
  const two = { 'journal patches': 2, wallets: 2, HTLCs: 2, 'log lines: peer up': 2 };
  assert.is(
    readLine(two),
    'records read  2 journal patches, 2 wallets, 2 HTLCs, 2 log lines: peer up',
  );
});

test('what is read is called as its source calls it', () => {
  const names = { channel_htlcs: 1, listchannels: 1, getinfo: 1, channel_state_changes: 1 };
  assert.is(
    readLine(names),
    'records read  1 channel_htlcs, 1 listchannels, 1 getinfo, 1 channel_state_changes',
  );
});

test('one record that is not read is told in the singular too', () => {
  const unread = [
    { kind: 'fee policies', count: 1, why: 'because' },
    { kind: 'invoices not paid', count: 1, why: 'because' },
  ];
  const lines = reportLines({ ...report, unread }, { style, columns: undefined });
  assert.equal(
    lines.filter((line) => line.endsWith('because')).map((line) => line.trim()),
    ['not read      1 fee policy: because', '1 invoice not paid: because'],
  );
});

const none = { commitments: 0, htlcs: 0, closes: 0 };
const missing = Array.from({ length: 5 }, (_, nth) => ({
  first: 10_000_000 + 1_000_000 * nth,
  last: 10_500_000 + 1_000_000 * nth,
}));
const proof: ChannelProof = {
  stream: 'channel',
  nodeId: '02aa',
  channelId: 'ab'.repeat(32),
  source: 'lnd-db',
  notChecked: 'what was told of it is of a form that a newer version of this program wrote',
  channelType: 'anchors_zero_fee_htlc_tx',
  states: 1_234_567,
  rebuilt: 1_234_567,
  checkedAsStored: 0,
  valid: none,
  bad: none,
  notCheckable: [{ why: 'neither a signature nor a txid of it was told', count: 1_234_567 }],
  closes: { known: 0, checkedAsStored: 0 },
  secrets: {
    local: { told: 1, gaps: missing },
    remote: { told: 1, gaps: missing },
  },
};

const channel = {
  channelId: ChannelId(proof.channelId),
  shortChannelId: ShortChannelId('12345678x1234x12'),
  nodeId: NodeId(`02${'aa'.repeat(32)}`),
  peerId: NodeId(`03${'bb'.repeat(32)}`),
};
const names = namesOf([channel], [], style);

test('a table of proofs is no wider than the terminal, and tells every gap', () => {
  const lines = proofLines([proof], names, style, WIDTH);
  assert.equal(
    lines.filter((line) => displayWidth(line) > WIDTH),
    [],
  );
  const text = lines.join(' ').replace(/ +/g, ' ');
  assert.match(
    text,
    'secrets of remote commitments not told: 10,000,000 to 10,500,000, 11,000,000',
  );
  assert.match(text, '14,000,000 to 14,500,000');
  assert.match(text, '1,234,567 (neither a signature nor a txid of it was told)');
});

test('where no commitment was told, a sentence says so instead of an empty table', () => {
  assert.equal(proofLines([], names, style, undefined), [
    'no source told a commitment or a closing transaction of any channel: there is no signature of theirs to check',
  ]);
});

test('the rules of a ledger are listed no wider than the terminal, with all that is not checkable', () => {
  const rule = 'claims-explain-time-locked-balance';
  const why = 'no later secret of its branch is known, and the source did not tell the point of it';
  const verified = {
    isSound: true,
    events: 1,
    streams: 1,
    head: 'cd'.repeat(32),
    rules: [{ rule, checked: 7, broken: 0, notCheckable: [{ why, count: 46 }] }],
    broken: [],
  };
  const lines = verifyLines(verified, style, WIDTH);
  assert.equal(
    lines.filter((line) => displayWidth(line) > WIDTH),
    [],
  );
  assert.match(lines.join(' ').replace(/ +/g, ' '), `not checkable: 46 (${why})`);
});

test.run();
