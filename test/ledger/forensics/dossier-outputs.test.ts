/** A dossier's outputs and the money at risk: breaches, untold heights, reorganisations. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import { outpointOf, Txid } from '../../../src/lightning/ids.ts';
import { caseOf, causeOf, closed, commitment, linesOf, ourTxid, revoked, told } from './told.ts';

const tests = suite("a dossier's outputs");

const breachOutputs = [
  { index: 0, valueSat: 100_000n, what: 'to-local' },
  { index: 1, valueSat: 50_000n, what: 'to-remote' },
  { index: 2, valueSat: 9_000n, what: 'htlc-received', htlcId: 4 },
  { index: 3, valueSat: 330n, what: 'anchor-remote' },
] as const;
const breach = (changes: Parameters<typeof closed>[0]) =>
  told(
    20,
    closed({
      kind: 'breach',
      initiator: 'remote',
      height: 700,
      closingTxid: ourTxid,
      commitmentNumber: 3,
      outputs: [...breachOutputs],
      ...changes,
    }),
  );
const punished = (height?: number) =>
  told(40, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 1),
      what: 'to-remote',
      outcome: 'punished',
      stage: 'last',
      amountSat: 50_000n,
      ...(height !== undefined && { height }),
    },
  });
const output = { index: 0, valueSat: 31_000n, what: 'to-local' } as const;
const RISK = 'Money at risk, block by block';

tests(
  'of a revoked commitment of the peer all is at risk, resolved or not, whatever it is called',
  () => {
    const byHand = [
      breach({}),
      // The source has no word for a breach: the recorded revocation has.
      breach({ kind: 'remote-force' }),
    ];
    const revocation = [told(1, commitment('remote', 3)), told(2, revoked('remote', 3))];
    for (const close of byHand) {
      const unresolved = caseOf([...revocation, close]);
      equal(linesOf(RISK, unresolved), ['derived: height 700: 159000 sat open after the close']);
      const [, toRemote] = linesOf('Outputs', unresolved);
      equal(toRemote, `transaction: to-remote, 50000 sat, ${ourTxid}:1: not claimed yet`);
      equal(linesOf(RISK, caseOf([...revocation, close, punished(701)])), [
        'derived: height 700: 159000 sat open after the close',
        'derived: height 701: 109000 sat open after 50000 sat taken by this node as a penalty',
      ]);
    }
    // Where this node cheated, what the peer owns is safe.
    const own = caseOf([breach({ initiator: 'local' })]);
    equal(linesOf(RISK, own), ['derived: height 700: 109000 sat open after the close']);
    ok(linesOf('Outputs', own)[1]?.endsWith(':1: paid to them'));
  },
);

tests('who took a penalty is told by whose commitment it was, and not by who gave up', () => {
  const begun = (by: 'local' | 'remote') =>
    told(10, { type: 'CloseStarted', data: { by, reason: 'onchain' } }, { source: 'cln-db' });
  const said = (...events: CaseEvent[]) => {
    const [, line] = linesOf('Outputs', caseOf([...events, punished(701)]));
    const [, risk] = linesOf(RISK, caseOf([...events, punished(701)]));
    return [line?.replace(/^.*:1: /, ''), risk?.replace(/^.*after /, ''), causeOf(events).by];
  };
  const byPeer = 'taken by the peer as a penalty';
  equal(said(breach({ initiator: 'local' }), begun('remote')), [
    `${byPeer} at height 701`,
    // What the peer owns in it was never at risk.
    undefined,
    'local',
  ]);
  const byUs = 'taken by this node as a penalty';
  const taken = (fate: string) => [`${fate} at height 701`, `50000 sat ${fate}`];
  equal(said(breach({}), begun('local')), [...taken(byUs), 'remote']);
  // Nobody tells whose commitment it was: neither does who gave up.
  const byWhom = 'taken as a penalty (by whom is not told)';
  for (const by of ['local', 'remote'] as const) {
    const close = breach({ initiator: 'unknown' });
    equal(said(begun(by), close), [...taken(byWhom), 'unknown'], by);
  }
  const unknown = breach({ kind: 'unknown', initiator: 'unknown' });
  equal(said(begun('local'), unknown)[0], `${byWhom} at height 701`);
  // Nor the kind, but the initiator.
  equal(said(breach({ kind: 'unknown', initiator: 'local' }))[0], `${byPeer} at height 701`);
  equal(said(breach({ kind: 'unknown' }))[0], `${byUs} at height 701`);
});

tests('of what was claimed at no told height it is said that its end is not known', () => {
  const htlc = told(50, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 2),
      what: 'htlc-received',
      outcome: 'punished',
      stage: 'last',
      amountSat: 9_000n,
      height: 720,
    },
  });
  equal(linesOf(RISK, caseOf([breach({}), punished(), htlc])), [
    'derived: height 700: 159000 sat open after the close',
    'derived: height 720: at most 150000 sat open after 9000 sat taken by this node as a penalty',
    'unknown: to-remote, 50000 sat, taken by this node as a penalty: until when it was open is not told',
  ]);
});

tests('an output that lies in the wallet since the close is nothing to claim', () => {
  const close = told(
    20,
    closed({
      height: 700,
      closingTxid: ourTxid,
      outputs: [{ index: 0, valueSat: 302_364n, what: 'to-local' }],
    }),
  );
  const arrived = told(20, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      what: 'to-local',
      outcome: 'claimed',
      stage: 'last',
      amountSat: 302_364n,
      sweptSat: 302_364n,
      feeSat: 0n,
    },
  });
  const closing = caseOf([close, arrived]);
  equal(linesOf('Outputs', closing), [
    `stated: to-local, 302364 sat, ${ourTxid}:0: paid to this node by the close itself`,
  ]);
  equal(linesOf(RISK, closing), []);
});

tests('what a reorganisation took out of its block has not happened', () => {
  const [blockHash, txid] = ['b1'.repeat(32), Txid('ab'.repeat(32))];
  const first = told(
    20,
    closed({ closingTxid: txid, height: 699, blockHash, kind: 'cooperative' }),
  );
  const undone = told(21, {
    type: 'CloseUnconfirmed',
    data: { closingTxid: txid, height: 699, blockHash },
  });
  const who = (events: readonly CaseEvent[]) => linesOf('Who closed, and how', caseOf(events));
  ok(who([first])[0]?.includes('a cooperative close'));
  const again = told(
    22,
    closed({
      closingTxid: ourTxid,
      height: 700,
      outputs: [{ index: 0, valueSat: 31_000n, what: 'htlc-received', htlcId: 0 }],
    }),
  );
  const begun = told(5, { type: 'CloseStarted', data: { by: 'local', reason: 'x' } });
  equal(who([begun, first, undone]), [
    'stated: given up by this node',
    'unknown: no closing transaction is in a block as far as is known',
  ]);
  const claim = told(30, {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      what: 'htlc-received',
      outcome: 'claimed',
      stage: 'last',
      amountSat: 31_000n,
      sweepTxid: txid,
      height: 702,
      blockHash,
    },
  });
  const taken = told(31, {
    type: 'OutputUnconfirmed',
    data: { outpoint: outpointOf(ourTxid, 0), sweepTxid: txid, height: 702, blockHash },
  });
  // A received HTLC is at risk as long as it is not claimed.
  equal(linesOf(RISK, caseOf([first, undone, again, claim])), [
    'derived: height 700: 31000 sat open after the close',
    'derived: height 702: 0 sat open after 31000 sat claimed by this node',
  ]);
  equal(linesOf(RISK, caseOf([first, undone, again, claim, taken])), [
    'derived: height 700: 31000 sat open after the close',
  ]);
});

tests('what a reorganisation brought back into the same block has happened after all', () => {
  const blockHash = 'b1'.repeat(32);
  const close = closed({ closingTxid: ourTxid, height: 700, blockHash, outputs: [output] });
  const undone: LedgerFact = {
    type: 'CloseUnconfirmed',
    data: { closingTxid: ourTxid, height: 700, blockHash },
  };
  const claim: LedgerFact = {
    type: 'OutputResolved',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      what: 'to-local',
      outcome: 'claimed',
      stage: 'last',
      amountSat: 31_000n,
      sweepTxid: Txid('ab'.repeat(32)),
      height: 702,
      blockHash,
    },
  };
  const taken: LedgerFact = {
    type: 'OutputUnconfirmed',
    data: {
      outpoint: outpointOf(ourTxid, 0),
      sweepTxid: Txid('ab'.repeat(32)),
      height: 702,
      blockHash,
    },
  };
  const events = [close, undone, close, claim, taken, claim].map((fact, at) => told(at, fact));
  const closeAfter = (count: number) => {
    const { closed: found, beganAt, undone: gone } = caseOf(events.slice(0, count));
    return [found?.eventId, beganAt === events[0]?.at, gone.map(({ eventId }) => eventId)];
  };
  equal(closeAfter(1), ['ChannelClosed@0', true, []]);
  // It was broadcast: it goes on closing.
  equal(closeAfter(2), [undefined, true, ['ChannelClosed@0']]);
  equal(closeAfter(3), ['ChannelClosed@2', true, ['ChannelClosed@0']]);
  const where = `${ourTxid}:0`;
  const outputsAfter = (count: number) => linesOf('Outputs', caseOf(events.slice(0, count)));
  const isClaimed = `transaction: to-local, 31000 sat, ${where}: claimed by this node at height 702`;
  equal(outputsAfter(4), [isClaimed]);
  equal(outputsAfter(5), [`transaction: to-local, 31000 sat, ${where}: not claimed yet`]);
  equal(outputsAfter(6), [isClaimed]);
});

tests('of two tellers the one that tells more of the close is believed, whoever comes last', () => {
  const full = closed({ closingTxid: ourTxid, height: 700, feeSat: 226n, outputs: [output] });
  const label = closed({ closingTxid: ourTxid, height: 700, kind: 'remote-force' });
  const of = (...facts: LedgerFact[]) => {
    const close = caseOf(
      facts.map((fact, at) => told(at, fact, { source: `teller-${at}` })),
    ).closed;
    return [close?.fact.data.kind, close?.fact.data.feeSat];
  };
  equal(of(full, label), ['local-force', 226n]);
  equal(of(label, full), ['local-force', 226n]);
  // Of two that tell as much, the last.
  equal(of(label, closed({ closingTxid: ourTxid, height: 700 }))[0], 'local-force');
  equal(of(closed({ closingTxid: ourTxid, height: 700 }), label)[0], 'remote-force');
});

tests("one teller's reorganisation leaves what another saw in another block", () => {
  const [first, second] = ['b1'.repeat(32), 'b2'.repeat(32)];
  const closeIn = (at: number, blockHash: string | undefined, source: string, height = 700) =>
    told(
      at,
      closed({ closingTxid: ourTxid, height, ...(blockHash !== undefined && { blockHash }) }),
      { source },
    );
  const undone = told(2, {
    type: 'CloseUnconfirmed',
    data: { closingTxid: ourTxid, height: 700, blockHash: first },
  });
  const found = (...events: CaseEvent[]) => caseOf(events).closed?.fact.data.height;
  const [ours, again] = [closeIn(0, first, 'ldk'), closeIn(3, second, 'ldk', 701)];
  // The other one never heard of it; whether it comes first or last.
  is(found(ours, closeIn(1, first, 'chain'), undone, again), 701);
  is(found(ours, undone, again, closeIn(4, first, 'chain')), 700);
  // Its own block is all that is left.
  is(found(ours, closeIn(1, first, 'chain'), undone), 700);
  // A summary names no block: it stands, and what this one says without a block goes.
  is(found(ours, closeIn(1, undefined, 'lnd-rpc', 702), undone), 702);
  is(found(closeIn(1, undefined, 'ldk'), undone), undefined);
  is(found(told(1, closed({ height: 700 })), undone), undefined);
});

tests.run();
