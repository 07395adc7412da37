/** What a dossier must not say more of than is recorded, and whose word it takes. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { type Dossier, dossierOf } from '../../../src/ledger/forensics/dossier.ts';
import { outpointName } from '../../../src/ledger/forensics/parts.ts';
import { redacted } from '../../../src/ledger/forensics/redact.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import { Clock, channelId, channelStory, closing as closes, opening, peer } from '../story.ts';
import {
  caseOf,
  causeOf,
  closed,
  commitment,
  linesOf,
  ourTxid,
  revoked,
  started,
  told,
} from './told.ts';

const tests = suite("a dossier's limits");

const FLIGHT = 'HTLCs in flight';
const UNKNOWN = 'What the record does not know';
const gap = (second: number, what: 'htlcs' | 'commitments' | 'revocations', source = 'cln-db') => {
  const why = 'Core Lightning deletes the HTLCs of a closed channel';
  return told(second, { type: 'RecordingGap', data: { what, why } }, { source });
};
const added = (second: number, source = 'cln-db') => {
  const data = { direction: 'offered', id: 1, amountMsat: 5_000_000n, cltvExpiry: 700 } as const;
  return told(second, { type: 'HtlcAdded', data }, { source });
};

tests('what was in flight is unknown where the record lost it behind the last commitment', () => {
  const both = (source: string) => [
    told(1, commitment('local', 5), { source }),
    told(1, commitment('remote', 5), { source }),
  ];
  const end = told(60, closed({ height: 700, kind: 'remote-force' }), { source: 'cln-db' });
  const lost = 'a gap stands behind the last commitment';
  for (const what of ['htlcs', 'commitments'] as const) {
    const closing = caseOf([...both('cln-db'), gap(50, what), end]);
    equal(linesOf(FLIGHT, closing), [`unknown: the record lost them: ${lost}`]);
    ok(linesOf(UNKNOWN, closing).includes('unknown: which HTLCs were in flight'));
  }
  const held = caseOf([added(1), ...both('cln-db'), gap(50, 'htlcs'), end]);
  equal(linesOf(FLIGHT, held), [
    'stated: offered 1: 5000000 msat, expires at height 700, 0 blocks were left; how it ended is not recorded',
    `unknown: the record lost others, if there were any: ${lost}`,
  ]);
  ok(linesOf(UNKNOWN, held).includes('unknown: whether other HTLCs were in flight'));
  // Before the last commitment, of something else, or where another teller saw all.
  for (const events of [
    [gap(0, 'htlcs'), ...both('cln-db'), end],
    [...both('cln-db'), gap(50, 'revocations'), end],
    [...both('ldk'), gap(50, 'htlcs'), end],
    [...both('ldk'), ...both('cln-db'), gap(50, 'htlcs'), end],
  ]) {
    const closing = caseOf(events);
    equal(linesOf(FLIGHT, closing), ['derived: none']);
    ok(!linesOf(UNKNOWN, closing).some((line) => line.includes('in flight')));
  }
});

tests('a feerate of long before is no estimate of the time of the close', () => {
  const estimate = (second: number, feeratePerKw: number, target = 'soon') =>
    told(second, { type: 'FeerateEstimated', data: { target, feeratePerKw } });
  const events = [
    told(1, commitment('local', 5, { feeratePerKw: 500 })),
    told(100_000, closed({ height: 700 })),
  ];
  const own = 'stated: of the last commitment: 500 sat per 1000 weight';
  // A day is 86,400 seconds: it began at 13,600.
  const old = caseOf(events, [estimate(13_599, 2_000)]);
  const [first, second = '', ...rest] = linesOf('Feerate', old);
  is(first, own);
  is(
    second.replace(/\d{4}-\S+Z/, 'TIME'),
    'stated: estimated for soon, at TIME: 2000 sat per 1000 weight',
  );
  equal(rest, ['unknown: no estimate of that time is recorded']);
  ok(linesOf(UNKNOWN, old).includes('unknown: feerates of that time'));
  const mixed = caseOf(events, [estimate(13_599, 9_000, 'later'), estimate(13_601, 2_000)]);
  equal(
    linesOf('Feerate', mixed).map((line) => line.replace(/\d{4}-\S+Z/, 'TIME')),
    [
      own,
      'stated: estimated for later, at TIME: 9000 sat per 1000 weight',
      'stated: estimated for soon: 2000 sat per 1000 weight',
      'derived: the last commitment paid 25 % of what was estimated',
    ],
  );
  ok(!linesOf(UNKNOWN, mixed).includes('unknown: feerates of that time'));
});

tests("a block that another teller saw go is not the close's, however much was told of it", () => {
  const [gone, there] = ['b1'.repeat(32), 'b2'.repeat(32)];
  const seen = (blockHash: string, height: number, valueSat?: bigint) =>
    closed({
      closingTxid: ourTxid,
      blockHash,
      height,
      outputs: valueSat === undefined ? [] : [{ index: 0, valueSat, what: 'to-local' }],
    });
  const undone: LedgerFact = {
    type: 'CloseUnconfirmed',
    data: { closingTxid: ourTxid, height: 700, blockHash: gone },
  };
  const chain = { source: 'chain' };
  const events = [
    told(10, seen(gone, 700, 1_000n)),
    told(11, seen(gone, 700), chain),
    told(12, undone, chain),
    told(13, seen(there, 701), chain),
  ];
  is(caseOf(events).closed?.fact.data.height, 701);
});

tests('an error about the whole connection is one about each of its channels', () => {
  const error = told(9, {
    type: 'PeerMessage',
    data: { kind: 'error', direction: 'received', text: 'internal error' },
  });
  equal(causeOf([told(10, closed({}))], [error]), {
    cause: 'peer-error',
    by: 'remote',
    basis: 'derived',
    events: ['PeerMessage@9'],
  });
});

tests('who cheated is told by whose commitment it was, and not by who gave up', () => {
  const events = [
    told(1, commitment('local', 3, { txid: ourTxid })),
    told(2, revoked('local', 3)),
    told(9, closed({ kind: 'breach', initiator: 'remote', closingTxid: ourTxid })),
  ];
  const { cause, by } = causeOf(events);
  equal([cause, by], ['revoked-state', 'local']);
});

tests('of a commitment between revoked ones it is not said that it was or was not', () => {
  const REVOKED = 'Was the broadcast commitment revoked?';
  const broadcast = told(9, closed({ kind: 'remote-force', commitmentNumber: 3 }));
  equal(linesOf(REVOKED, caseOf([told(1, revoked('remote', 4)), broadcast])), [
    'unknown: the revocation of commitment 3 is not recorded, and of a later one it is',
  ]);
  equal(linesOf(REVOKED, caseOf([told(1, revoked('remote', 2)), broadcast])), [
    'derived: no: the newest revoked one is 2, and 3 came after it',
  ]);
});

const textOf = (dossier: Dossier) => JSON.stringify(redacted(dossier).sections);

tests('a redacted file has no height and no outpoint where there is nothing to count from', () => {
  const closing = caseOf([added(1), told(9, started('a reason of tomorrow'))]);
  const dossier = dossierOf(closing, { nodeId: 'us', channelId, others: [] });
  const text = textOf(dossier);
  ok(text.includes('expires at height [height]'));
  ok(!text.includes('700'));
  const lines = ['somebody', 'output 1', `${ourTxid}:1`].map((value) => {
    return { parts: [outpointName(value)], basis: 'stated' as const, events: [] };
  });
  const named = redacted({ ...dossier, sections: [{ title: 'Outputs', lines }] }).sections;
  equal(
    named.flatMap(({ lines: all }) => all.map((line) => line.text)),
    ['[outpoint]', 'output 1', 'transaction-1:1'],
  );
});

tests("as of a channel's own revision the peer is told as of that moment too", async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'beside' });
  const clock = new Clock();
  const connected = (isInbound: boolean) => {
    const fact = { type: 'PeerConnected', data: { isInbound, features: '0a' } } as const;
    return { ...clock.next(), about: 'peer', peerId: peer.nodeId, fact } as const;
  };
  const disconnected = () => {
    const fact = { type: 'PeerDisconnected', data: {} } as const;
    return { ...clock.next(), about: 'peer', peerId: peer.nodeId, fact } as const;
  };
  await ledger.recordBatch([
    ...channelStory(opening, clock),
    connected(false),
    ...channelStory(closes.slice(0, 2), clock),
    disconnected(),
    ...channelStory(closes.slice(2), clock),
  ]);
  const revision = [...ledger.history(channelId)].findIndex(({ type }) => type === 'CloseStarted');
  const wordsAt = async (at: { readonly kind: 'revision'; readonly revision: number }) => {
    const { sections, beganAt } = await ledger.forensics.why(channelId, { at });
    const { lines = [] } =
      sections.find(({ title }) => title === 'The peer in the day before') ?? {};
    const closedBy = sections.find(({ title }) => title === 'Who closed, and how')?.lines.length;
    return { lines: lines.map(({ parts }) => parts.at(-1)), beganAt, closedBy };
  };
  const then = await wordsAt({ kind: 'revision', revision });
  equal(then.lines, ['  connected']);
  is(then.closedBy, 3);
  await ledger.close();
});

tests.run();
