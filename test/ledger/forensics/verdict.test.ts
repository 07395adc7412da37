/** What decides a verdict where no LDK node can be brought to say it, and the lines of a case told by hand. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { ChannelEventData } from '../../../src/channel/events.ts';
import {
  type CaseEvent,
  type ClosingCase,
  closingCase,
} from '../../../src/ledger/forensics/case.ts';
import { dossierOf } from '../../../src/ledger/forensics/dossier.ts';
import type { OtherHtlc } from '../../../src/ledger/forensics/dossier-htlcs.ts';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import { verdictOf } from '../../../src/ledger/forensics/verdict.ts';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import { ChannelId, Outpoint, Txid } from '../../../src/lightning/ids.ts';
import { timeText } from '../../../src/schema/time.ts';
import { channelId, START_NS } from '../story.ts';

const fundingOutpoint = Outpoint(`${'11'.repeat(32)}:0`);
const ourTxid = Txid('aa'.repeat(32));

interface Told {
  readonly source?: string;
  readonly height?: number;
}

/** A fact that happened so many seconds after the start; its id is its type and that. */
function told(second: number, fact: LedgerFact, { source = 'ldk', height }: Told = {}): CaseEvent {
  return {
    at: timeText(START_NS + BigInt(second) * 1_000_000_000n),
    eventId: `${fact.type}@${second}`,
    source,
    evidence: 'told by hand',
    fact,
    ...(height !== undefined && { height }),
  };
}

const closed = (data: Partial<ChannelEventData<'ChannelClosed'>>): LedgerFact => ({
  type: 'ChannelClosed',
  data: { kind: 'local-force', initiator: 'local', outputs: [], ...data },
});
const started = (reason: string, sourceReason?: string): LedgerFact => ({
  type: 'CloseStarted',
  data: { by: 'local', reason, ...(sourceReason !== undefined && { sourceReason }) },
});
const commitment = (
  side: 'local' | 'remote',
  number: number,
  more: Partial<ChannelEventData<'CommitmentUpdated'>> = {},
): LedgerFact => ({
  type: 'CommitmentUpdated',
  data: {
    side,
    number,
    fundingOutpoint,
    localBalanceMsat: 600_000_000n,
    remoteBalanceMsat: 400_000_000n,
    precision: 'msat',
    offered: [],
    received: [],
    ...more,
  },
});
const revoked = (side: 'local' | 'remote', number: number): LedgerFact => ({
  type: 'CommitmentRevoked',
  data: { side, number },
});
type Message = Extract<LedgerFact, { readonly type: 'PeerMessage' }>['data'];
const message = (data: Partial<Message>): LedgerFact => ({
  type: 'PeerMessage',
  data: { kind: 'error', direction: 'received', channelId, text: '', ...data },
});

function caseOf(events: readonly CaseEvent[], beside: readonly CaseEvent[] = []): ClosingCase {
  const closing = closingCase(channelId, events, beside);
  if (closing === undefined) throw new Error('nothing closes');
  return closing;
}

function causeOf(events: readonly CaseEvent[], beside: readonly CaseEvent[] = []) {
  const { cause, by, basis, events: restsOn } = verdictOf(caseOf(events, beside));
  return { cause, by, basis, events: restsOn };
}

function linesOf(
  title: string,
  closing: ClosingCase,
  others: readonly OtherHtlc[] = [],
): readonly string[] {
  const dossier = inFull(dossierOf(closing, { nodeId: 'us', channelId, others }));
  const lines = dossier.sections.find((section) => section.title === title)?.lines ?? [];
  return lines.map(({ basis, text }) => `${basis}: ${text}`);
}

const tests = suite('verdicts');

tests("each source's own words for a cause are known", () => {
  // lightning/src/ln/channel.rs; lightningd/peer_htlcs.c, htlc_end.c, peer_control.c; lnd's log.
  const words = [
    ['ldk', 'ProcessingError', 'Got an invalid signature', 'own-error'],
    ['ldk', 'ProcessingError', "Peer's feerate much too low. Actual: 253.", 'feerate'],
    [
      'ldk',
      'ProcessingError',
      'Peer attempted to reestablish channel with a very old local commitment transaction: 1',
      'data-loss',
    ],
    ['ldk', 'OutdatedChannelManager', undefined, 'data-loss'],
    ['ldk', 'HolderForceClosed', "Peer's feerate much too low", 'user'],
    ['cln', 'protocol', 'bad signature', 'own-error'],
    ['cln', 'user', 'update_fee 253 outside range', 'user'],
    ['cln', 'local', 'update_fee 253 outside range 1000-5000', 'feerate'],
    [
      'cln',
      'local',
      'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline',
      'offered-htlc-expired',
    ],
    [
      'cln',
      'local',
      'Fulfilled HTLC 4 SENT_REMOVE cltv 700 hit deadline',
      'received-htlc-near-deadline',
    ],
    ['cln', 'remote', undefined, 'unknown'],
    ['cln', 'onchain', undefined, 'unknown'],
    ['lnd-log', 'a reason of tomorrow', 'whatever', 'unknown'],
  ] as const;
  for (const [source, reason, said, cause] of words) {
    const begin = told(10, started(reason, said), { source });
    const end = told(20, closed({}));
    const verdict = causeOf([begin, end]);
    is(verdict.cause, cause, `${reason} ${said}`);
    equal(verdict.events, cause === 'unknown' ? [] : ['CloseStarted@10']);
    is(causeOf([end]).cause, 'unknown');
  }
});

tests(
  "an error of ours decides in lnd's log, and not in LDK, which sends one whatever the cause",
  () => {
    const error = (source: string, second = 10) =>
      told(second, message({ direction: 'sent', text: 'invalid commitment' }), { source });
    const end = told(20, closed({}));
    equal(causeOf([end], [error('lnd-log')]), {
      cause: 'own-error',
      by: 'local',
      basis: 'derived',
      events: ['PeerMessage@10'],
    });
    is(causeOf([end], [error('ldk')]).cause, 'unknown');
    // After the close, and the day before it, it is no cause; nor is another channel's.
    is(causeOf([end], [error('lnd-log', 21)]).cause, 'unknown');
    is(causeOf([told(90_000, closed({}))], [error('lnd-log')]).cause, 'unknown');
    const channel = ChannelId('22'.repeat(32));
    const other = told(10, message({ direction: 'sent', channelId: channel }), {
      source: 'lnd-log',
    });
    is(causeOf([end], [other]).cause, 'unknown');
  },
);

tests('who comes back with less than the ledger saw of it has lost data', () => {
  const end = told(100, closed({ kind: 'remote-force', initiator: 'remote' }));
  const held = [
    told(1, commitment('local', 7)),
    told(2, commitment('remote', 7)),
    told(3, revoked('remote', 6)),
  ];
  const reestablish = (direction: 'sent' | 'received', nextLocalCommitment: number, second = 50) =>
    told(second, message({ kind: 'reestablish', direction, nextLocalCommitment }));
  // BOLT 2: having commitment 7, one waits for 8.
  equal(causeOf([...held, end], [reestablish('sent', 7)]), {
    cause: 'data-loss',
    by: 'local',
    basis: 'derived',
    events: ['PeerMessage@50', 'CommitmentUpdated@1'],
  });
  is(causeOf([...held, end], [reestablish('sent', 8)]).cause, 'unknown');
  equal(causeOf([...held, end], [reestablish('received', 7)]), {
    cause: 'data-loss',
    by: 'remote',
    basis: 'derived',
    events: ['PeerMessage@50', 'CommitmentRevoked@3'],
  });
  is(causeOf([...held, end], [reestablish('received', 8)]).cause, 'unknown');
  // LDK answers for a channel that it has closed with next commitment 0: that is no loss.
  is(causeOf([...held, end], [reestablish('sent', 0, 101)]).cause, 'unknown');
});

tests(
  'the closing transaction names whose commitment it was, where a source has no word for it',
  () => {
    const events = [
      told(1, commitment('local', 3, { txid: ourTxid })),
      told(9, closed({ kind: 'unknown', initiator: 'unknown', closingTxid: ourTxid, height: 700 })),
    ];
    is(causeOf(events).by, 'local');
    equal(linesOf('Who closed, and how', caseOf(events)), [
      "transaction: this node's commitment number 3, by this node",
      `transaction: transaction ${ourTxid} at height 700`,
    ]);
    // The same label without the commitment: by label only, and nobody knows by whom.
    equal(
      linesOf('Who closed, and how', caseOf(events.slice(1)))[0],
      'stated: a close of unknown kind, by whom is not told, by label only',
    );
  },
);

tests(
  'a broadcast commitment that was revoked is a revoked state, whatever the source calls it',
  () => {
    const events = [
      told(1, commitment('remote', 3)),
      told(2, revoked('remote', 3)),
      told(9, closed({ kind: 'remote-force', initiator: 'remote', commitmentNumber: 3 })),
    ];
    equal(causeOf(events), {
      cause: 'revoked-state',
      by: 'remote',
      basis: 'stated',
      events: ['ChannelClosed@9', 'CommitmentRevoked@2'],
    });
    is(causeOf(events.filter(({ fact }) => fact.type !== 'CommitmentRevoked')).cause, 'unknown');
  },
);

const offered: CaseEvent = told(5, {
  type: 'HtlcAdded',
  data: { id: 2, direction: 'offered', amountMsat: 30_000_000n, cltvExpiry: 740 },
});
const received: CaseEvent = told(6, {
  type: 'HtlcAdded',
  data: { id: 9, direction: 'received', amountMsat: 50_000_000n, cltvExpiry: 690 },
});
const gone = (direction: 'offered' | 'received', id: number, isPaid: boolean): CaseEvent =>
  told(30, {
    type: isPaid ? 'HtlcSettled' : 'HtlcFailed',
    data: { id, direction, amountMsat: 1n, isOnChain: true },
  });
const end = told(20, closed({ height: 700, closingTxid: ourTxid }), { height: 700 });

tests(
  'an HTLC in flight has its expiry, the blocks that were left, and its end with its basis',
  () => {
    equal(linesOf('HTLCs in flight', caseOf([offered, received, end, gone('offered', 2, false)])), [
      'stated: offered 2: 30000000 msat, expires at height 740, 40 blocks were left; not paid on chain',
      'stated: received 9: 50000000 msat, expires at height 690, run out 10 blocks before; how it ended is not recorded',
    ]);
  },
);

tests(
  'the other half of a forward: its channel, expiry and outcome, and the loss where they differ',
  () => {
    const other = (
      direction: 'offered' | 'received',
      id: number,
      outcome?: 'settled' | 'failed',
    ): OtherHtlc => ({
      direction,
      id,
      channelId: 'ff'.repeat(32),
      htlcId: 77,
      amountMsat: direction === 'offered' ? 30_100_000n : 49_000_000n,
      cltvExpiry: direction === 'offered' ? 780 : 650,
      ...(outcome && { outcome }),
      events: [],
    });
    const forwards = (ended: CaseEvent, half: OtherHtlc) =>
      linesOf('HTLCs in flight', caseOf([offered, received, end, ended]), [half]).filter((line) =>
        /: {3}/.test(line),
      );
    const from = `stated:   forwarded from ${'ff'.repeat(32)}, its HTLC 77, which expires at height 780`;
    const to = `stated:   forwarded to ${'ff'.repeat(32)}, its HTLC 77, which expires at height 650`;
    // Paid out here and not paid in there: what went out is lost.
    equal(forwards(gone('offered', 2, true), other('offered', 2, 'failed')), [
      `${from}; it was not paid`,
      'derived:   the two halves differ: this node lost 30000 sat by it',
    ]);
    equal(forwards(gone('received', 9, false), other('received', 9, 'settled')), [
      `${to}; it was paid`,
      'derived:   the two halves differ: this node lost 49000 sat by it',
    ]);
    equal(forwards(gone('offered', 2, true), other('offered', 2, 'settled')), [
      `${from}; it was paid`,
    ]);
    // Paid in and not out: a gain, not a loss.
    equal(forwards(gone('offered', 2, false), other('offered', 2, 'settled')), [
      `${from}; it was paid`,
    ]);
    equal(forwards(gone('offered', 2, true), other('offered', 2)), [
      `${from}; how it ended is not recorded`,
    ]);
  },
);

tests("the last commitment's feerate stands beside the time's estimates", () => {
  const estimate = (second: number, target: string, feeratePerKw: number) =>
    told(second, { type: 'FeerateEstimated', data: { target, feeratePerKw } });
  const closing = caseOf(
    [told(1, commitment('local', 3, { feeratePerKw: 500 })), end],
    [
      estimate(2, 'soon', 999),
      estimate(3, 'soon', 2_000),
      estimate(4, 'later', 1_000),
      estimate(90, 'soon', 1),
    ],
  );
  equal(linesOf('Feerate', closing), [
    'stated: of the last commitment: 500 sat per 1000 weight',
    'stated: estimated for soon: 2000 sat per 1000 weight',
    'stated: estimated for later: 1000 sat per 1000 weight',
    'derived: the last commitment paid 25 % to 50 % of what was estimated',
  ]);
});

tests('connections of the day before, how it stood then, and no message of after the close', () => {
  const day = 86_400;
  const up = (second: number) =>
    told(second, { type: 'PeerConnected', data: { isInbound: false, features: '' } });
  const down = (second: number) =>
    told(second, { type: 'PeerDisconnected', data: { why: 'ping' } });
  const late = told(3 * day, closed({}));
  const closing = caseOf(
    [late],
    [
      up(10),
      down(3 * day - 60),
      told(3 * day - 100, message({ kind: 'warning', text: 'before' })),
      told(3 * day + 100, message({ text: 'after' })),
    ],
  );
  equal(
    linesOf('The peer in the day before', closing).map((line) => line.replace(/\d{4}-\S+/, 'TIME')),
    ['derived: connected since TIME', 'stated: TIME  disconnected: ping'],
  );
  equal(
    linesOf('Last messages', closing).map((line) => line.replace(/\d{4}-\S+/, 'TIME')),
    ['stated: TIME  warning received: before'],
  );
});

tests.run();
