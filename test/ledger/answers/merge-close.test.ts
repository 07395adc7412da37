import { test } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { Outpoint, Txid } from '../../../src/lightning/ids.ts';
import { at, channelRow } from './rows.ts';

const merged = (...rows: ChannelRow[]) => mergeChannel({ rows });

test('a close is told by those who saw it: the reason by one, the transaction by another', () => {
  const closingTxid = Txid('33'.repeat(32));
  const outpoint = Outpoint(`${closingTxid}:0`);
  const output = { outpoint, what: 'to-local', valueSat: 500_000n } as const;
  const view = merged(
    channelRow({
      source: 'ldk',
      status: 'closing',
      close: {
        startedBy: 'local',
        reason: 'htlc-timeout',
        reasonAt: at(1),
        startedAt: at(1),
        outputs: [],
      },
    }),
    channelRow({
      source: 'chain',
      status: 'closed',
      close: {
        kind: 'local-force',
        initiator: 'local',
        closingTxid,
        height: 150,
        closedAt: at(2),
        outputs: [output],
      },
    }),
    channelRow({
      source: 'lnd-db',
      status: 'closed',
      close: {
        kind: 'local-force',
        initiator: 'unknown',
        closingTxid,
        feeSat: 250n,
        outputs: [{ ...output, outcome: 'claimed', stage: 'last', feeSat: 110n }],
        sweepFeesSat: 110n,
      },
    }),
  );
  equal(view.close, {
    startedBy: 'local',
    reason: 'htlc-timeout',
    reasonAt: at(1),
    startedAt: at(1),
    kind: 'local-force',
    initiator: 'local',
    closingTxid,
    height: 150,
    closedAt: at(2),
    feeSat: 250n,
    outputs: [{ ...output, outcome: 'claimed', stage: 'last', feeSat: 110n }],
    sweepFeesSat: 110n,
  });
});

test('the reason is that of the end that decided, whichever teller has it', () => {
  const asked = 'User or plugin invoked close command';
  const deadline = 'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline';
  const start = (source: string, startedBy: 'local' | 'unknown', second: number, said: string) => {
    const reason = said === asked ? 'user' : 'local';
    const told = { startedBy, reason, sourceReason: said, reasonAt: at(second) };
    return channelRow({ source, status: 'closing', close: { ...told, outputs: [] } });
  };
  const wish = start('cln-db', 'local', 1, asked);
  const given = start('cln-rpc', 'unknown', 5, deadline);
  const seen = (kind: 'local-force' | 'cooperative') =>
    channelRow({ source: 'chain', status: 'closed', close: { kind, outputs: [] } });
  const wished = { reason: 'user', sourceReason: asked, at: at(1) };
  const forced = { reason: 'local', sourceReason: deadline, at: at(5) };
  for (const rows of [
    [wish, given],
    [given, wish],
    [seen('local-force'), wish, given],
  ]) {
    const { startedBy, reason, sourceReason, reasonAt, otherReasons } = merged(...rows).close ?? {};
    equal(
      { startedBy, reason, sourceReason, reasonAt, otherReasons },
      {
        startedBy: 'local',
        reason: 'local',
        sourceReason: deadline,
        reasonAt: at(5),
        otherReasons: [wished],
      },
    );
  }
  const agreed = merged(wish, given, seen('cooperative')).close;
  equal([agreed?.sourceReason, agreed?.otherReasons], [asked, [forced]]);
  // Nobody says why it was forced: the wish is told as what it is.
  const overtaken = merged(wish, seen('local-force')).close;
  equal([overtaken?.sourceReason, overtaken?.isReasonOvertaken], [asked, true]);
});

test('what an output was is told by whoever knows, though another followed it further', () => {
  const closingTxid = Txid('33'.repeat(32));
  const outpoint = Outpoint(`${closingTxid}:0`);
  const closedWith = (outputs: NonNullable<ChannelRow['close']>['outputs']) => ({
    status: 'closed' as const,
    close: { kind: 'local-force' as const, closingTxid, height: 9, outputs },
  });
  const seen = {
    outpoint,
    valueSat: 9_000n,
    outcome: 'claimed',
    stage: 'last',
    feeSat: 3n,
  } as const;
  const named = { outpoint, what: 'htlc-received', valueSat: 9_000n, htlcId: 4 } as const;
  const view = merged(
    channelRow({ source: 'chain', ...closedWith([{ ...seen, what: 'unknown' }]) }),
    channelRow({ source: 'lnd-db', ...closedWith([named]) }),
  );
  equal(view.close?.outputs, [{ ...seen, what: 'htlc-received', htlcId: 4 }]);
});

test('of an output each teller followed as far as it did, the furthest is kept', () => {
  const closingTxid = Txid('33'.repeat(32));
  const outpoint = Outpoint(`${closingTxid}:1`);
  const output = { outpoint, what: 'htlc-offered', valueSat: 9_000n } as const;
  const closedWith = (outputs: NonNullable<ChannelRow['close']>['outputs']) => ({
    status: 'closed' as const,
    close: { kind: 'local-force' as const, closingTxid, height: 9, outputs },
  });
  const view = merged(
    channelRow({
      source: 'ldk',
      ...closedWith([{ ...output, outcome: 'timed-out', stage: 'first', feeSat: 1n }]),
    }),
    channelRow({
      source: 'chain',
      ...closedWith([{ ...output, outcome: 'timed-out', stage: 'last', feeSat: 3n }]),
    }),
  );
  equal(view.close?.outputs, [{ ...output, outcome: 'timed-out', stage: 'last', feeSat: 3n }]);
  equal(view.close?.sweepFeesSat, 3n);
});

test('a teller of another closing transaction does not fill in the one that is shown', () => {
  const closedBy = (txid: string, height: number, feeSat?: bigint) => ({
    status: 'closed' as const,
    close: {
      kind: 'cooperative' as const,
      closingTxid: Txid(txid.repeat(32)),
      height,
      ...(feeSat !== undefined && { feeSat }),
      closedAt: at(height),
      outputs: [],
    },
  });
  const view = merged(
    channelRow({ source: 'ldk', ...closedBy('33', 2) }),
    channelRow({ source: 'lnd-db', ...closedBy('44', 1, 500n) }),
  );
  equal(view.close?.closingTxid, Txid('33'.repeat(32)));
  equal(view.close?.feeSat, undefined);
});

const closeOf = (close: Partial<NonNullable<ChannelRow['close']>>) =>
  merged(channelRow({ status: 'resolved', close: { outputs: [], ...close } })).close;

test('a close and its end in one block share the tighter bounds', () => {
  const close = closeOf({
    height: 9,
    closedAt: at(4),
    closedAtBounds: { notBefore: at(1), notAfter: at(5) },
    resolvedHeight: 9,
    resolvedAt: at(7),
    resolvedAtBounds: { notBefore: at(2), notAfter: at(9) },
  });
  const bounds = { notBefore: at(2), notAfter: at(5) };
  equal([close?.closedAt, close?.closedAtBounds], [at(4), bounds]);
  equal([close?.resolvedAt, close?.resolvedAtBounds], [at(5), bounds]);
});

test('a time of the block that was told is that of both, and other blocks keep their own', () => {
  const placed = { closedAt: at(4), closedAtBounds: { notBefore: at(1), notAfter: at(5) } };
  const one = closeOf({ height: 9, ...placed, resolvedHeight: 9, resolvedAt: at(3) });
  equal([one?.closedAt, one?.closedAtBounds, one?.resolvedAt], [at(3), undefined, at(3)]);
  const two = closeOf({ height: 9, ...placed, resolvedHeight: 10, resolvedAt: at(6) });
  equal([two?.closedAt, two?.closedAtBounds], [at(4), placed.closedAtBounds]);
});

test.run();
