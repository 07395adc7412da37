/** Which anchors a commitment has (BOLT 3, Commitment Transaction Outputs), worked out by hand. */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { commitmentKeys } from '../../src/lightning/commitment-keys.ts';
import { buildCommitment } from '../../src/lightning/commitment-transaction.ts';
import { outpointOf, Txid } from '../../src/lightning/ids.ts';
import { appendixC, local, point, remote, vectorHtlc } from './appendix-c.ts';

const test = suite('the anchors of a commitment');

const channelType = 'anchors_zero_fee_htlc_tx';
const keys = commitmentKeys(local, remote, point, channelType);

/** `<funding key> OP_CHECKSIG OP_IFDUP OP_NOTIF OP_16 OP_CHECKSEQUENCEVERIFY OP_ENDIF`, in a P2WSH. */
function anchorOf(fundingKey: Uint8Array): string {
  const script = Buffer.concat([Buffer.of(33), fundingKey, Buffer.from('ac736460b268', 'hex')]);
  return `0020${createHash('sha256').update(script).digest('hex')}`;
}
const anchors = {
  owner: anchorOf(keys.ownerFundingKey),
  other: anchorOf(keys.otherFundingKey),
};

/** Of 10,000,000 sat, with the vectors' HTLC 2 (2,000,000 msat) or none; the other end pays the fee. */
function anchorsIn(ownerMsat: bigint, otherMsat: bigint, isHolding: boolean): readonly string[] {
  const { body } = buildCommitment({
    channelType,
    fundingOutpoint: outpointOf(Txid(appendixC.common.funding_tx_id), 0),
    number: 42,
    keys,
    paymentBasepoints: { opener: remote.payment, accepter: local.payment },
    opener: ownerMsat > otherMsat ? 'owner' : 'other',
    ownerGrossMsat: ownerMsat,
    otherGrossMsat: otherMsat,
    htlcs: isHolding ? [vectorHtlc(2)] : [],
    feeratePerKw: 253,
    dustLimitSat: 546n,
    delayBlocks: 144,
  });
  const scripts = body.outputs
    .filter(({ valueSat }) => valueSat === 330n)
    .map(({ script }) => bytesToHex(script));
  return Object.entries(anchors).flatMap(([whose, script]) =>
    scripts.includes(script) ? [whose] : [],
  );
}

test('are of the ends that have an output, where no HTLC has one', () => {
  equal(anchorsIn(4_000_000_000n, 6_000_000_000n, false), ['owner', 'other']);
  equal(anchorsIn(0n, 10_000_000_000n, false), ['other']);
  equal(anchorsIn(10_000_000_000n, 0n, false), ['owner']);
});

test('are of both ends as soon as an HTLC has an output', () => {
  equal(anchorsIn(0n, 9_998_000_000n, true), ['owner', 'other']);
  equal(anchorsIn(9_998_000_000n, 0n, true), ['owner', 'other']);
});

test.run();
