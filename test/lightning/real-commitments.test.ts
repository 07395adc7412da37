/** Commitments and closes out of real nodes' databases: rebuilt where they can be, or as they were stored. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { looksLikeCommitment } from '../../src/lightning/closing.ts';
import type { Basepoints } from '../../src/lightning/commitment-keys.ts';
import {
  type CommitmentClaim,
  isValid,
  proveCommitment,
} from '../../src/lightning/commitment-proof.ts';
import {
  fundingSpendMessage,
  witnessedFundingSignatures,
} from '../../src/lightning/commitment-signatures.ts';
import { Outpoint, outpointOf, Txid } from '../../src/lightning/ids.ts';
import { compactOfDer, isSignedByReference } from '../../src/lightning/signatures.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { WireReader } from '../../src/lightning/wire.ts';
import { fixtureText, hex, present, refuses, unzippedFixture } from './fixtures.ts';

interface End extends Record<keyof Basepoints, string> {
  readonly dustLimitSat: number;
  readonly csv: number;
}
/** What the databases of lnd and Electrum give of a commitment, in one form. */
interface Kept {
  readonly fundingOutpoint: string;
  readonly isInitiator: boolean;
  readonly capacitySat: string;
  readonly local: End;
  readonly remote: End;
  readonly number: number;
  readonly point: string;
  readonly localMsat: string;
  readonly remoteMsat: string;
  readonly feeratePerKw: number;
  readonly signature: string;
}
interface KeptByElectrum extends Kept {
  readonly htlcs: readonly {
    readonly isOfferedByOwner: boolean;
    readonly amountMsat: string;
    readonly paymentHash: string;
    readonly cltvExpiry: number;
  }[];
}
interface KeptByLnd extends Kept {
  readonly feeSat: string;
  readonly htlcs: number;
  readonly raw: string;
}

const electrum: readonly KeptByElectrum[] = JSON.parse(fixtureText('electrum/commitments.json'));
const lnd: readonly KeptByLnd[] = JSON.parse(fixtureText('lnd/chantools-commitments.json'));
const cln: readonly {
  readonly state: number;
  readonly capacitySat: string;
  readonly fundingTxid: string;
  readonly fundingIndex: number;
  readonly localFundingKey: string;
  readonly remoteFundingKey: string;
  readonly signature: string;
  readonly transaction: string;
}[] = JSON.parse(fixtureText('cln/last-transactions.json'));

const real = suite('real commitments');

const pointsOf = (end: End): Basepoints => ({
  funding: hex(end.funding),
  revocation: hex(end.revocation),
  payment: hex(end.payment),
  delayedPayment: hex(end.delayedPayment),
  htlc: hex(end.htlc),
});

/** `csv`: which end's number stands in the local commitment is the program's own meaning. */
function claimOf(
  kept: Kept,
  csv: number,
): CommitmentClaim & Required<Pick<CommitmentClaim, 'rebuilding'>> {
  const [owner, other] = [pointsOf(kept.local), pointsOf(kept.remote)];
  return {
    fundingOutpoint: Outpoint(kept.fundingOutpoint),
    capacitySat: BigInt(kept.capacitySat),
    ownerFundingKey: owner.funding,
    otherFundingKey: other.funding,
    rebuilding: {
      basis: {
        channelType: 'static_remotekey',
        opener: kept.isInitiator ? 'owner' : 'other',
        owner,
        other,
        dustLimitSat: BigInt(kept.local.dustLimitSat),
        delayBlocks: csv,
      },
      number: kept.number,
      perCommitmentPoint: hex(kept.point),
      ownerGrossMsat: BigInt(kept.localMsat),
      otherGrossMsat: BigInt(kept.remoteMsat),
      feeratePerKw: kept.feeratePerKw,
      htlcs: [],
    },
    signature: hex(kept.signature),
    htlcSignatures: [],
  };
}

real("Electrum's 10 are rebuilt, in nine states of one channel and one of another", () => {
  const numbers = electrum.map(({ fundingOutpoint, number }) => [
    fundingOutpoint.slice(0, 4),
    number,
  ]);
  assert.equal(
    numbers.filter(([txid]) => txid === 'c96b').map(([, number]) => number),
    [17, 18, 19, 20, 21, 22, 23, 24, 25],
  );
  assert.is(numbers.length, 10);
  for (const kept of electrum) {
    const claim = claimOf(kept, kept.remote.csv);
    const htlcs = kept.htlcs.map(({ isOfferedByOwner, amountMsat, paymentHash, cltvExpiry }) => ({
      isOfferedByOwner,
      amountMsat: BigInt(amountMsat),
      paymentHash: hex(paymentHash),
      cltvExpiry,
    }));
    const { way, commitment } = proveCommitment({
      ...claim,
      rebuilding: { ...claim.rebuilding, htlcs },
    });
    assert.equal([way, commitment], ['rebuilt', 'valid'], `commitment ${kept.number}`);
  }
});

real("lnd's 4 are the stored ones when rebuilt, and signed", () => {
  assert.is(lnd.length, 4);
  for (const kept of lnd) {
    assert.is(kept.htlcs, 0);
    // lnd's balances are net of the fee, which the initiator pays.
    const feeMsat = BigInt(kept.feeSat) * 1000n;
    const claim = claimOf(kept, kept.local.csv);
    const { ownerGrossMsat, otherGrossMsat } = claim.rebuilding;
    const verdict = proveCommitment({
      ...claim,
      signature: compactOfDer(hex(kept.signature)),
      stored: parseTransaction(hex(kept.raw)),
      rebuilding: {
        ...claim.rebuilding,
        ownerGrossMsat: ownerGrossMsat + (kept.isInitiator ? feeMsat : 0n),
        otherGrossMsat: otherGrossMsat + (kept.isInitiator ? 0n : feeMsat),
      },
    });
    assert.equal(verdict, {
      way: 'rebuilt',
      commitment: 'valid',
      htlcs: { valid: 0, bad: 0, notTold: 0 },
      txid: 'as told',
      problems: [],
    });
  }
});

real("Core Lightning's 4 commitments and 5 closes are signed as they are stored", () => {
  const kinds = cln.map((kept) => {
    const stored = parseTransaction(hex(kept.transaction));
    const [ownerFundingKey, otherFundingKey] = [
      hex(kept.localFundingKey),
      hex(kept.remoteFundingKey),
    ];
    const claim: CommitmentClaim = {
      fundingOutpoint: outpointOf(Txid(kept.fundingTxid), kept.fundingIndex),
      capacitySat: BigInt(kept.capacitySat),
      ownerFundingKey,
      otherFundingKey,
      stored,
      signature: hex(kept.signature),
      htlcSignatures: [],
    };
    const { way, commitment, problems } = proveCommitment(claim);
    assert.equal([way, commitment, problems], ['stored', 'valid', []]);
    // Signed by the peer, not by the node itself.
    const swapped = { ownerFundingKey: otherFundingKey, otherFundingKey: ownerFundingKey };
    assert.is(proveCommitment({ ...claim, ...swapped }).commitment, 'bad');
    return looksLikeCommitment(stored) ? 'commitment' : 'close';
  });
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  assert.equal([count('commitment'), count('close')], [4, 5]);
});

/** `tx_parts` of Core Lightning's `onchaind_init`: a transaction whose parts may be left out. */
function mainnetClose() {
  const text = new TextDecoder('latin1').decode(unzippedFixture('cln/onchainstress-data.gz'));
  const init = present(text.split('\n').find((line) => line.startsWith('read 1389'))).split(' ')[1];
  // One input and its mark, then the txid of the funding.
  const start = present(init).indexOf('0000000101546334113');
  const reader = new WireReader(hex(present(init).slice(start)), 'tx_parts');
  assert.is(reader.u32(), 1);
  const present1 = () => assert.is(reader.u8(), 1);
  present1();
  const txid = Txid(bytesToHex(reader.bytes(32).reverse()));
  const outpoint = outpointOf(txid, reader.u32());
  const sequence = reader.u32();
  const scriptSig = reader.bytes(reader.u32());
  const witness = Array.from({ length: reader.u32() }, () => reader.bytes(reader.u32()));
  const outputs = Array.from({ length: reader.u32() }, () => {
    present1();
    const script = reader.bytes(reader.u32());
    return { script, valueSat: reader.u64() };
  });
  const locktime = reader.u32();
  const inputs = [{ outpoint, sequence, scriptSig, witness }];
  return { txid, wtxid: txid, version: 2, inputs, outputs, locktime, weight: 0 };
}

real('the mainnet force close bears both funding signatures, of 1,000,000 sat and no other', () => {
  const transaction = mainnetClose();
  const checks = witnessedFundingSignatures(transaction, { valueSat: 1_000_000n });
  assert.is(checks.length, 2);
  for (const check of checks) {
    assert.ok(isValid(check));
    assert.ok(isSignedByReference(check.signature, check.message, check.publicKey));
  }
  const other = witnessedFundingSignatures(transaction, { valueSat: 999_999n });
  assert.equal(other.map(isValid), [false, false]);
  const keys = [present(checks[0]).publicKey, hex(present(cln[0]).localFundingKey)] as const;
  refuses(() => witnessedFundingSignatures(transaction, { valueSat: 1_000_000n, keys }), /script/);
});

real('a transaction that spends something else is refused in a sentence', () => {
  const [kept] = lnd;
  const stored = parseTransaction(hex(present(kept).raw));
  const keys = [hex(present(kept).local.funding), hex(present(kept).remote.funding)] as const;
  const outpoint = Outpoint(`${'00'.repeat(32)}:0`);
  refuses(() => fundingSpendMessage(stored, { outpoint, valueSat: 1n, keys }), /expected to spend/);
  const two = { ...stored, inputs: [...stored.inputs, ...stored.inputs] };
  refuses(() => fundingSpendMessage(two, { valueSat: 1n, keys }), /one input, got 2/);
  refuses(() => witnessedFundingSignatures(stored, { valueSat: 1n }), /another form/);
});

real.run();
