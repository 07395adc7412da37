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
const appendixC: {
  readonly common: Readonly<Record<string, string>>;
  readonly vectors: readonly { readonly commit_tx: string }[];
} = JSON.parse(fixtureText('bolts/bolt3-appendix-C.json'));
const { common, vectors: legacy } = appendixC;

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

const [one, other] = [`02${'01'.repeat(32)}`, `03${'02'.repeat(32)}`];
const hash160 = '03'.repeat(20);
// BOLT 3, to_local: IF <revocation key> ELSE 144 CSV DROP <delayed key> ENDIF CHECKSIG.
const toLocal = `6321${one}67029000b27521${other}68ac`;
// BOLT 3, an offered HTLC's head and its rest; the same of a received one, expiry 500.
const head = `76a914${hash160}8763ac6721${one}7c82012087`;
const offered = `${head}6475527c21${other}52ae67a914${hash160}88ac6851b27568`;
const received = `${head}63a914${hash160}88527c21${other}52ae677502f401b175ac6851b27568`;

/** What is told of the peer's revoked output that was unknown, when this witness spends it. */
function spentWith(...items: readonly (string | Uint8Array)[]) {
  const book = bookOf('other');
  book.lastRevoked.remote = 42;
  channelClosed(told(book), book, place, bare);
  const outpoint = Outpoint(`${bare.txid}:3`);
  equal(book.openOutputs.get(outpoint)?.what, 'unknown');
  const witness = items.map((item) => (typeof item === 'string' ? hex(item) : item));
  const input = { ...present(bare.inputs[0]), outpoint, witness };
  const swept = [{ valueSat: 6_982_000n, script: new Uint8Array(34) }];
  const spend = { ...bare, inputs: [input], outputs: swept };
  const [resolved] = outputsClaimed(told(book), book, place, spend);
  if (resolved?.fact.type !== 'OutputResolved') throw new Error('no claim was told');
  return [resolved.fact.data.what, resolved.fact.data.outcome];
}

outputs('of a breach that was unknown is known when its witness shows the script', () => {
  const signature = new Uint8Array(71);
  const [yes, no] = [Uint8Array.of(1), new Uint8Array()];
  equal(spentWith(signature, yes, toLocal), ['to-remote', 'punished']);
  equal(spentWith(signature, no, toLocal), ['to-remote', 'lost']);
  // What the peer offered, this node received.
  equal(spentWith(signature, one, offered), ['htlc-received', 'punished']);
  equal(spentWith(signature, one, received), ['htlc-offered', 'punished']);
  equal(spentWith(signature, no, received), ['htlc-offered', 'timed-out']);
  equal(spentWith(signature, new Uint8Array(32), offered), ['htlc-received', 'claimed']);
});

outputs('that pays nobody at once: whose commitment it is, only its revocation tells', () => {
  const alone = commitment('single anchor');
  const book = bookOf('other');
  equal(spendOf(book, alone).commitment, undefined);
  const balances = (fact: { readonly data: object } | undefined) => {
    return Object.keys(fact?.data ?? {}).filter((field) => field.endsWith('BalanceSat'));
  };
  equal(balances(channelClosed(told(book), book, place, alone)[0]?.fact), []);
  book.lastRevoked.remote = 42;
  equal(spendOf(book, alone).commitment, { side: 'remote', number: 42 });
  // Which of the rest is whose is not known, and no balance is said.
  equal(balances(channelClosed(told(book), book, place, alone)[0]?.fact), []);
});

outputs("without anchors is the other end's where it pays to a key", () => {
  // BOLT 3, Appendix C: 3,000,000 sat to the other end, 6,989,140 sat to the local one.
  const simple = parseTransaction(hex(present(legacy[0]).commit_tx));
  const book = bookOf('opener');
  book.context = { ...book.context, channelType: 'legacy' };
  book.commitments.set(simple.txid, { side: 'local', number: 42, htlcOutputs: new Map() });
  equal(
    spendOf(book, simple).outputs.map(({ what, valueSat }) => [what, valueSat]),
    [
      ['to-remote', 3_000_000n],
      ['to-local', 6_989_140n],
    ],
  );
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

fees('is left out where a claim pays out more than the output held', () => {
  const book = bookOf('opener');
  const outpoint = Outpoint(`${bare.txid}:3`);
  book.openOutputs.set(outpoint, { outpoint, what: 'to-local', valueSat: 100n });
  const input = { ...present(bare.inputs[0]), outpoint, witness: [] };
  const outputs = [{ valueSat: 101n, script: new Uint8Array(34) }];
  const [resolved] = outputsClaimed(told(book), book, place, { ...bare, inputs: [input], outputs });
  if (resolved?.fact.type !== 'OutputResolved') throw new Error('no claim was told');
  equal(
    ['sweptSat', 'feeSat', 'isFeeDerived'].filter((field) => field in resolved.fact.data),
    [],
  );
});

outputs.run();
fees.run();
