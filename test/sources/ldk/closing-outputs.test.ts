/** BOLT 3, Appendix F: commitment 42 of the local end, in a channel with anchors. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ChannelId, NodeId, Outpoint } from '../../../src/lightning/ids.ts';
import { parseTransaction, type Transaction } from '../../../src/lightning/transaction.ts';
import type { TapRecord } from '../../../src/sources/ldk/taps.ts';
import { ChannelBook } from '../../../src/sources/ldk/translate/channel-book.ts';
import { outputsClaimed } from '../../../src/sources/ldk/translate/claims.ts';
import { spendOf } from '../../../src/sources/ldk/translate/closing-outputs.ts';
import { Told } from '../../../src/sources/ldk/translate/header.ts';
import { channelClosed } from '../../../src/sources/ldk/translate/on-chain.ts';
import { fixtureText, hex, present } from '../../lightning/fixtures.ts';

const outputs = suite('an output of a commitment');
const fees = suite('a fee that nobody told');

const { vectors }: { vectors: readonly { Name: string; ExpectedCommitmentTxHex: string }[] } =
  JSON.parse(fixtureText('bolts/bolt3-appendix-F-anchors.json'));
const { common }: { common: Readonly<Record<string, string>> } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-C.json'),
);

function commitment(name: string): Transaction {
  const vector = present(vectors.find(({ Name }) => Name.includes(name)));
  return parseTransaction(hex(vector.ExpectedCommitmentTxHex));
}

const whole = commitment('seven outputs untrimmed');
const bare = commitment('simple commitment tx with no HTLCs');
const place = { height: 12, blockHash: '22'.repeat(32) };

/** The channel of the appendix as one of its ends recorded it. */
function bookOf(end: 'opener' | 'other'): ChannelBook {
  const terms = (side: 'local' | 'remote') => ({
    fundingPubkey: present(common[`${side}_funding_pubkey`]),
    paymentBasepoint: present(common[`${side}_payment_basepoint`]),
  });
  const [local, remote] = [terms('local'), terms('remote')];
  return new ChannelBook({
    channelId: ChannelId('11'.repeat(32)),
    fundingOutpoint: Outpoint(`${common.funding_tx_id}:0`),
    peer: NodeId(`02${'aa'.repeat(32)}`),
    context: {
      opener: end === 'opener' ? 'local' : 'remote',
      capacitySat: 10_000_000n,
      channelType: 'anchors',
      ...(end === 'opener' ? { local, remote } : { local: remote, remote: local }),
    },
  });
}

const told = (book: ChannelBook) => {
  const record: TapRecord = {
    kind: 'block-disconnected',
    node: book.peer,
    seq: 1,
    at: 1n,
    hash: place.blockHash,
    height: 1,
  };
  return new Told(record, 'regtest', 12);
};
const kinds = (book: ChannelBook, transaction: Transaction) =>
  spendOf(book, transaction).outputs.map(({ what, htlcId }) =>
    htlcId === undefined ? what : `${what} ${htlcId}`,
  );

outputs('is an anchor by its script, and the balance is what is left', () => {
  const book = bookOf('opener');
  const htlcOutputs = new Map([
    [2, { direction: 'received', id: 0 }],
    [3, { direction: 'received', id: 1 }],
    [4, { direction: 'offered', id: 2 }],
    [5, { direction: 'offered', id: 3 }],
    [6, { direction: 'received', id: 4 }],
  ] as const);
  book.commitments.set(whole.txid, { side: 'local', number: 42, htlcOutputs });
  equal(kinds(book, whole), [
    'anchor-local',
    'anchor-remote',
    'htlc-received 0',
    'htlc-received 1',
    'htlc-offered 2',
    'htlc-offered 3',
    'htlc-received 4',
    'to-remote',
    'to-local',
  ]);
  equal(
    channelClosed(told(book), book, place, whole).map(({ fact }) => fact.type),
    ['ChannelClosed'],
  );
  // Nobody waits for an anchor: what is left is one balance and five HTLCs.
  equal(book.openOutputs.size, 6);
});

outputs('that is the only anchor left is known for whose it is', () => {
  const book = bookOf('opener');
  for (const { txid } of [commitment('single anchor'), commitment('one output untrimmed')]) {
    book.commitments.set(txid, { side: 'local', number: 42, htlcOutputs: new Map() });
  }
  equal(kinds(book, commitment('single anchor')), ['anchor-local', 'to-local']);
  equal(kinds(book, commitment('one output untrimmed')), ['anchor-remote', 'to-remote']);
});

outputs('of a commitment that is not remembered is told by its number and whom it pays', () => {
  const [ours, theirs] = [bookOf('opener'), bookOf('other')];
  const own = { side: 'local', number: 42 } as const;
  equal(spendOf(ours, bare).commitment, own);
  equal(spendOf(ours, bare).kind, 'local-force');
  equal(kinds(ours, bare), ['anchor-local', 'anchor-remote', 'to-remote', 'unknown']);
  equal(spendOf(theirs, bare).commitment, { side: 'remote', number: 42 });
  equal(spendOf(theirs, bare).kind, 'remote-force');
  equal(kinds(theirs, bare), ['anchor-remote', 'anchor-local', 'to-local', 'unknown']);
  theirs.lastRevoked.remote = 42;
  equal(spendOf(theirs, bare).kind, 'breach');
});

outputs('with HTLCs that are not remembered is said to be unknown, not guessed', () => {
  const unknown = Array.from({ length: 5 }, () => 'unknown');
  const book = bookOf('other');
  equal(kinds(book, whole), ['anchor-remote', 'anchor-local', ...unknown, 'to-local', 'unknown']);
  book.lastRevoked.remote = 42;
  channelClosed(told(book), book, place, whole);
  // A breach: all but the anchors is ours to take.
  equal(book.openOutputs.size, 7);
});

outputs('of a breach that was unknown is known when its witness shows the script', () => {
  const book = bookOf('other');
  book.lastRevoked.remote = 42;
  channelClosed(told(book), book, place, bare);
  const outpoint = Outpoint(`${bare.txid}:3`);
  equal(book.openOutputs.get(outpoint)?.what, 'unknown');
  const [one, other] = [`02${'01'.repeat(32)}`, `03${'02'.repeat(32)}`];
  // BOLT 3, to_local: IF <revocation key> ELSE 144 CSV DROP <delayed key> ENDIF CHECKSIG; taken with 1.
  const script = `6321${one}67029000b27521${other}68ac`;
  const witness = [new Uint8Array(71), Uint8Array.of(1), hex(script)];
  const input = { ...present(bare.inputs[0]), outpoint, witness };
  const swept = [{ valueSat: 6_982_000n, script: new Uint8Array(34) }];
  const justice = { ...bare, inputs: [input], outputs: swept };
  const [resolved] = outputsClaimed(told(book), book, place, justice);
  if (resolved?.fact.type !== 'OutputResolved') throw new Error('no claim was told');
  equal([resolved.fact.data.what, resolved.fact.data.outcome], ['to-remote', 'punished']);
});

fees('is marked: of the close', () => {
  const book = bookOf('opener');
  const [closed] = channelClosed(told(book), book, place, bare);
  // 10,000,000 − 2 · 330 − 3,000,000 − 6,982,480.
  equal(closed?.fact.type === 'ChannelClosed' && closed.fact.data.feeSat, 16_860n);
  equal(closed?.fact.type === 'ChannelClosed' && closed.fact.data.isFeeDerived, true);
});

fees('is left out where more than the funding is spent, or the capacity is not known', () => {
  const input = present(bare.inputs[0]);
  const other = { ...input, outpoint: Outpoint(`${'77'.repeat(32)}:0`) };
  const small = bookOf('opener');
  small.context = { ...small.context, capacitySat: 9_000_000n };
  const { capacitySat: _, ...unsized } = small.context;
  const unknown = bookOf('opener');
  unknown.context = unsized;
  for (const [book, transaction] of [
    [bookOf('opener'), { ...bare, inputs: [input, other] }],
    [small, bare],
    [unknown, bare],
  ] as const) {
    const [closed] = channelClosed(told(book), book, place, transaction);
    equal(
      closed?.fact.type === 'ChannelClosed' && Object.hasOwn(closed.fact.data, 'feeSat'),
      false,
    );
  }
});

fees('is marked: of a sweep', () => {
  const book = bookOf('opener');
  const outpoint = Outpoint(`${bare.txid}:3`);
  book.openOutputs.set(outpoint, { outpoint, what: 'to-local', valueSat: 6_982_480n });
  const input = { ...present(bare.inputs[0]), outpoint, witness: [] };
  const swept = [{ valueSat: 6_982_000n, script: new Uint8Array(34) }];
  const sweep = { ...bare, inputs: [input], outputs: swept };
  const [resolved] = outputsClaimed(told(book), book, place, sweep);
  if (resolved?.fact.type !== 'OutputResolved') throw new Error('no claim was told');
  const { sweptSat, feeSat, isFeeDerived } = resolved.fact.data;
  equal([sweptSat, feeSat, isFeeDerived], [6_982_000n, 480n, true]);
});

outputs.run();
fees.run();
