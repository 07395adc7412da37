/** Claims of several outputs in one transaction, as channels with anchors make them. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { Outpoint, outpointOf, splitOutpoint } from '../../../src/lightning/ids.ts';
import type { Transaction, TransactionInput } from '../../../src/lightning/transaction.ts';
import type { TransactionRecord } from '../../../src/sources/chain/chain-records.ts';
import { claimsOf } from '../../../src/sources/chain/claims.ts';
import { commitment, delayedClaim, htlcs, spending, transactionOf } from './bolt3-chain.ts';

const claims = suite('claims that share a transaction');

const [first, second] = htlcs as [Transaction, Transaction];
const inputOf = ({ inputs }: Transaction) => inputs[0] as TransactionInput;
/** A wallet's own money, spent to pay what the claims cannot. */
const walletInput: TransactionInput = {
  ...inputOf(first),
  outpoint: Outpoint(`${'77'.repeat(32)}:0`),
  witness: [new Uint8Array(71), new Uint8Array(33).fill(2)],
};

/** The HTLC transaction with these inputs, and outputs of these amounts. */
function batched(
  inputs: readonly TransactionInput[],
  outputSats: readonly bigint[],
  feeSat?: bigint,
): TransactionRecord {
  const outputs = outputSats.map((valueSat) => ({ script: new Uint8Array(34), valueSat }));
  return {
    kind: 'transaction',
    from: 'getrawtransaction',
    transaction: { ...first, inputs, outputs },
    txid: first.txid,
    ...(feeSat !== undefined && { feeSat }),
  };
}

/** Of our own commitment, each of its outputs worth what the commitment says. */
function told(record: TransactionRecord, outpoints: readonly Outpoint[]) {
  const open = outpoints.map((outpoint) => ({
    outpoint,
    what: 'unknown' as const,
    valueSat: commitment.outputs[splitOutpoint(outpoint).vout]?.valueSat ?? 0n,
    isSecondStage: false,
  }));
  const spends = new Map(outpoints.map((outpoint) => [outpoint, record]));
  const spendOf = (outpoint: Outpoint) => spends.get(outpoint);
  const { claims } = claimsOf({ spendOf, owner: 'local', outputs: open, told: new Map() });
  return claims.map(({ data }) => data);
}

claims('that take nothing from their output have no fee of their own: others paid it', () => {
  const { outpoint } = inputOf(first);
  const record = batched([inputOf(first), walletInput], [1000n, 8000n], 2000n);
  const [claim] = told(record, [outpoint]);
  is(claim?.sweptSat, 1000n);
  is(claim?.stage, 'first');
  is('feeSat' in (claim ?? {}), false);
  is('isFeeDerived' in (claim ?? {}), false);
});

claims('that are alone pay what is missing, were it nothing, and say whether it was told', () => {
  const { outpoint } = inputOf(first);
  const [claim] = told(batched([inputOf(first)], [1000n], 0n), [outpoint]);
  equal([claim?.sweptSat, claim?.feeSat, claim?.isFeeDerived], [1000n, 0n, undefined]);
  const [derived] = told(batched([inputOf(first)], [1000n]), [outpoint]);
  equal([derived?.sweptSat, derived?.feeSat, derived?.isFeeDerived], [1000n, 0n, true]);
});

claims('of HTLCs that share a transaction each pay what is missing in their own output', () => {
  const outpoints = [inputOf(first).outpoint, inputOf(second).outpoint];
  const record = batched([inputOf(first), inputOf(second)], [546n, 1572n], 882n);
  equal(
    told(record, outpoints).map(({ sweptSat, feeSat, isFeeDerived }) => [
      sweptSat,
      feeSat,
      isFeeDerived,
    ]),
    [
      [546n, 454n, true],
      [1572n, 428n, true],
    ],
  );
});

claims(
  'of second stages that share a transaction are each of the output at their own index',
  () => {
    const outpoints = [inputOf(first).outpoint, inputOf(second).outpoint];
    const batch = batched([inputOf(first), inputOf(second)], [546n, 1572n], 882n);
    const before = new Map(
      told(batch, outpoints).map((data) => [data.outpoint, { ...data, height: 12 }]),
    );
    const made = [0, 1].map((index) => outpointOf(batch.txid, index));
    const sweep = transactionOf(spending(made, 2000, delayedClaim));
    const record: TransactionRecord = {
      kind: 'transaction',
      from: 'getrawtransaction',
      transaction: sweep,
      txid: sweep.txid,
    };
    const outputs = outpoints.map((outpoint) => {
      return { outpoint, what: 'unknown' as const, valueSat: 1n, isSecondStage: false };
    });
    // The first stages are not in the files: an earlier import told them.
    const spendOf = (outpoint: Outpoint) => (made.includes(outpoint) ? record : undefined);
    const found = claimsOf({ spendOf, owner: 'local', outputs, told: before });
    equal(
      found.claims.map(({ data }) => [data.outpoint, data.what, data.amountSat]),
      [
        [made[0], 'htlc-received', 546n],
        [made[1], 'htlc-offered', 1572n],
      ],
    );
    is(found.isComplete, true);
    const half = claimsOf({
      spendOf: (outpoint) => (outpoint === made[1] ? record : undefined),
      owner: 'local',
      outputs,
      told: before,
    });
    equal(
      half.claims.map(({ data }) => data.outpoint),
      [made[1]],
    );
    is(half.isComplete, false);
  },
);

claims.run();
