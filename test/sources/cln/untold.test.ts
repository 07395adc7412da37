/** What the bookkeeper's database does not tell is unknown in every answer, and not 0. */
import { suite } from 'uvu';
import { equal, is, match } from 'uvu/assert';
import { channelTable } from '../../../src/cli/channels.ts';
import { namesOf } from '../../../src/cli/names.ts';
import { peerTable } from '../../../src/cli/peers.ts';
import { htlcLines, htlcTitle } from '../../../src/cli/show-htlcs.ts';
import { styleFor } from '../../../src/cli/style.ts';
import { CHANNEL, importCln, L1, ledgerOf, realDatabase } from './real-cln.ts';

const test = suite('what books do not tell');
const style = styleFor({ LANG: 'C.UTF-8' }, false);

const whose = { nodeId: L1, chain: 'regtest' };
const books = await importCln([realDatabase('l1-bkpr-accounts', 'accounts.sqlite3')], whose);
const node = await importCln([realDatabase('l1-before-moves-in-db')], whose);
const ledger = await ledgerOf(books);
const [channel] = ledger.channels();
const [peer] = ledger.peers();
test.after(() => ledger.close());

test('neither HTLCs nor a balance are told, of the channel or of its peer', () => {
  if (channel === undefined || peer === undefined) throw new Error('the books have one channel');
  equal(
    [channel.channelId, channel.localBalanceMsat, channel.capacitySat],
    [...[CHANNEL, undefined], 1_000_000n],
  );
  equal([channel.htlcs, channel.pendingHtlcCount], [undefined, undefined]);
  const { localBalanceMsat, remoteBalanceMsat, capacitySat, openChannelCount } = peer;
  equal([openChannelCount, localBalanceMsat, remoteBalanceMsat], [1, undefined, undefined]);
  equal([capacitySat, peer.isCapacityAtLeast, peer.isBalanceAtLeast], [1_000_000n, false, true]);
});

test('tables leave it out, and show says that it is unknown', () => {
  if (channel === undefined || peer === undefined) throw new Error('the books have one channel');
  const names = namesOf([channel], [], style);
  // A column that is empty in every row is not there at all.
  const [head = ''] = channelTable([channel], names, style, undefined);
  match(head, 'capacity sat');
  is(/HTLCs|in flight|local sat|remote sat/.test(head), false, head);
  const [peerHead = ''] = peerTable([peer], names, style, undefined);
  is(/local sat|remote sat/.test(peerHead), false, peerHead);
  is(htlcTitle(channel), 'Pending HTLCs');
  is(htlcTitle({ ...channel, status: 'closed' }), 'HTLCs at the close');
  equal(htlcLines(channel, names), ['unknown: no source told what its commitments held']);
});

test("the node's own database tells both, and a sum without one of them is a lower bound", async () => {
  const both = await ledgerOf(books, node);
  const view = both.channel(CHANNEL);
  equal([view.htlcs, view.pendingHtlcCount, view.pendingOfferedMsat], [[], 0, 0n]);
  const [known] = both.peers();
  equal([known?.localBalanceMsat, known?.isBalanceAtLeast], [view.localBalanceMsat, false]);
  const names = namesOf([view], [], style);
  const [, row = ''] = known
    ? peerTable([{ ...known, isBalanceAtLeast: true }], names, style, undefined)
    : [];
  const localSat = (view.localBalanceMsat ?? 0n) / 1000n;
  match(row, `≥${new Intl.NumberFormat('en').format(localSat)}`);
  await both.close();
});

test.run();
