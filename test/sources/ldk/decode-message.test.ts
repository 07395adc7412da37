import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatBytes, hexToBytes } from '../../../src/lightning/bytes.ts';
import { decodeInitFeatures, decodeMessage } from '../../../src/sources/ldk/decode-message.ts';

const CHANNEL_ID = 'ab'.repeat(32);

/** A whole message of each kind: every field of BOLT 2, in its order, and what follows. */
const BODIES: Readonly<Record<string, string>> = {
  funding_created: `${CHANNEL_ID}${'01'.repeat(32)}0002${'03'.repeat(64)}`,
  funding_signed: `${CHANNEL_ID}${'03'.repeat(64)}`,
  channel_ready: `${CHANNEL_ID}02${'04'.repeat(32)}01080000010000020003`,
  update_add_htlc: `${CHANNEL_ID}000000000000002a00000000000f424007${'05'.repeat(31)}000001c2${'00'.repeat(1366)}`,
  update_fulfill_htlc: `${CHANNEL_ID}000000000000002a${'06'.repeat(32)}`,
  update_fail_htlc: `${CHANNEL_ID}000000000000002a0003aabbcc`,
  update_fail_malformed_htlc: `${CHANNEL_ID}000000000000002a${'07'.repeat(32)}c005`,
  update_fee: `${CHANNEL_ID}000003e8`,
  commitment_signed: `${CHANNEL_ID}${'08'.repeat(64)}0002${'09'.repeat(64)}${'0a'.repeat(64)}`,
  revoke_and_ack: `${CHANNEL_ID}${'0b'.repeat(32)}03${'0c'.repeat(32)}`,
  channel_reestablish: `${CHANNEL_ID}00000000000000110000000000000010${'00'.repeat(65)}`,
  shutdown: `${CHANNEL_ID}00020014`,
  closing_signed: `${CHANNEL_ID}00000000000000b7${'0d'.repeat(64)}0110${'00'.repeat(16)}`,
  error: `${CHANNEL_ID}00036e6f21`,
  warning: `${CHANNEL_ID}0002ff21`,
  announcement_signatures: `${CHANNEL_ID}0000010000020003${'0e'.repeat(64)}${'0f'.repeat(64)}`,
};

const decoded = (name: string) => decodeMessage(name, hexToBytes(BODIES[name] ?? ''));

test('each message says what BOLT 2 puts at its bytes', () => {
  assert.equal(decoded('update_add_htlc'), {
    type: 'update_add_htlc',
    channelId: CHANNEL_ID,
    htlcId: 42n,
    amountMsat: 1_000_000n,
    paymentHash: `07${'05'.repeat(31)}`,
    cltvExpiry: 450,
  });
  assert.equal(decoded('channel_ready'), {
    type: 'channel_ready',
    channelId: CHANNEL_ID,
    nextPerCommitmentPoint: `02${'04'.repeat(32)}`,
    alias: '1x2x3',
  });
  assert.equal(decoded('commitment_signed'), {
    type: 'commitment_signed',
    channelId: CHANNEL_ID,
    signature: '08'.repeat(64),
    htlcSignatures: ['09'.repeat(64), '0a'.repeat(64)],
  });
  assert.equal(decoded('channel_reestablish'), {
    type: 'channel_reestablish',
    channelId: CHANNEL_ID,
    nextCommitmentNumber: 17n,
    nextRevocationNumber: 16n,
  });
  assert.equal(decoded('update_fail_malformed_htlc'), {
    type: 'update_fail_malformed_htlc',
    channelId: CHANNEL_ID,
    htlcId: 42n,
    failureCode: 0xc005,
  });
});

test("open_channel's terms are the sender's, its type and script from the TLVs", () => {
  const points = [1, 2, 3, 4, 5, 6].map((digit) => `02${`0${digit}`.repeat(32)}`);
  const body = [
    '06'.repeat(32),
    CHANNEL_ID,
    '00000000000f4240', // funding
    '0000000000000064', // push
    '0000000000000162', // dust
    '000000003b9aca00', // max in flight
    '0000000000002710', // reserve
    '0000000000000001', // HTLC minimum
    '000000fd', // feerate
    '0090', // to_self_delay
    '01e3', // max accepted HTLCs
    ...points,
    '01', // announce
    '00020014', // upfront_shutdown_script
    '01021000', // channel_type: static_remotekey
  ].join('');
  assert.equal(decodeMessage('open_channel', hexToBytes(body)), {
    type: 'open_channel',
    fundingSat: 1_000_000n,
    pushMsat: 100n,
    feeratePerKw: 253,
    isAnnounced: true,
    temporaryChannelId: CHANNEL_ID,
    dustLimitSat: 354n,
    maxInFlightMsat: 1_000_000_000n,
    channelReserveSat: 10_000n,
    htlcMinimumMsat: 1n,
    csvDelayBlocks: 144,
    maxAcceptedHtlcs: 483,
    fundingPubkey: points[0],
    revocationBasepoint: points[1],
    paymentBasepoint: points[2],
    delayedPaymentBasepoint: points[3],
    htlcBasepoint: points[4],
    firstPerCommitmentPoint: points[5],
    shutdownScript: '0014',
    channelType: 'static_remotekey',
  });
});

test('text that is no UTF-8 is replaced, not refused', () => {
  assert.equal(decoded('warning'), { type: 'warning', channelId: CHANNEL_ID, text: '\ufffd!' });
});

test('a message that is not known is named', () => {
  assert.equal(decodeMessage('toString', new Uint8Array(3)), { type: 'other', name: 'toString' });
});

test('a message cut short is refused with its name and the place', () => {
  for (const name of Object.keys(BODIES)) {
    assert.throws(() => decodeMessage(name, hexToBytes(CHANNEL_ID)), new RegExp(`"${name}" at`));
  }
});

test('whatever bytes come, the answer is a message or an Error', () => {
  const name = fc.constantFrom(...Object.keys(BODIES), 'open_channel', 'accept_channel');
  fc.assert(
    fc.property(name, fc.uint8Array({ maxLength: 600 }), (which, body) => {
      try {
        assert.is(decodeMessage(which, concatBytes(hexToBytes(CHANNEL_ID), body)).type, which);
      } catch (error) {
        assert.ok(error instanceof Error && /expected/.test(error.message));
      }
    }),
    { seed: 20_260_102, numRuns: 2_000 },
  );
});

test("init's old and new features are one set", () => {
  assert.is(decodeInitFeatures(hexToBytes('0002020000030800010108abcd')), '080201');
});

test.run();
