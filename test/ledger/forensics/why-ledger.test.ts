/** What `why` asks of the whole ledger: the other half of a forward, and the secret of a revoked commitment. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import type { ChannelId } from '../../../src/lightning/ids.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { otherId, otherOutpoint, remoteClose } from '../other-channel.ts';
import {
  Clock,
  channelId,
  closingTxid,
  commitment,
  opened,
  openingOf,
  revoked,
  secretHex,
} from '../story.ts';

const about = (clock: Clock, facts: readonly ChannelFact[], id = channelId): Observation[] =>
  facts.map((fact) => ({
    ...clock.next({ blockHeight: 700 }),
    about: 'channel',
    channelId: id,
    fact,
  }));

async function ledgerOf(observations: readonly Observation[]): Promise<Ledger> {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'why' });
  const { quarantined } = await ledger.recordBatch(observations);
  is(quarantined, 0, ledger.problems()[0]?.detail);
  return ledger;
}

async function linesOf(ledger: Ledger, id: ChannelId, title: string): Promise<readonly string[]> {
  const { sections } = inFull(await ledger.forensics.why(id));
  const lines = sections.find((section) => section.title === title)?.lines ?? [];
  return lines.map(({ basis, text }) => `${basis}: ${text}`);
}

const tests = suite('why, of the whole ledger');

/** Both halves of a forward. */
const incoming = {
  id: 4,
  direction: 'received',
  amountMsat: 50_100_000n,
  cltvExpiry: 780,
} as const;
const outgoing = {
  id: 7,
  direction: 'offered',
  amountMsat: 50_000_000n,
  cltvExpiry: 740,
  forwardOf: { channelId, htlcId: 4 },
} as const;

tests(
  'a forward in flight is told at both of its channels, with the loss where the halves differ',
  async () => {
    const clock = new Clock();
    const ledger = await ledgerOf([
      ...about(clock, [opened, commitment('local', 1, { htlcs: [incoming] })]),
      ...about(
        clock,
        [
          openingOf(otherOutpoint),
          commitment('local', 1, { fundingOutpoint: otherOutpoint, htlcs: [outgoing] }),
        ],
        otherId,
      ),
      ...about(clock, [remoteClose(1)]),
      ...about(clock, [remoteClose(1)], otherId),
      ...about(clock, [
        {
          type: 'HtlcFailed',
          data: { id: 4, direction: 'received', amountMsat: 50_100_000n, isOnChain: true },
        },
      ]),
      ...about(
        clock,
        [
          {
            type: 'HtlcSettled',
            data: { id: 7, direction: 'offered', amountMsat: 50_000_000n, isOnChain: true },
          },
        ],
        otherId,
      ),
    ]);
    equal(await linesOf(ledger, channelId, 'HTLCs in flight'), [
      'stated: received 4: 50100000 msat, expires at height 780, 80 blocks were left; not paid on chain',
      `stated:   forwarded to ${otherId}, its HTLC 7, which expires at height 740; it was paid`,
      'derived:   the two halves differ: this node lost 50000 sat by it',
    ]);
    equal(await linesOf(ledger, otherId, 'HTLCs in flight'), [
      'stated: offered 7: 50000000 msat, expires at height 740, 40 blocks were left; paid on chain',
      `stated:   forwarded from ${channelId}, its HTLC 4, which expires at height 780; it was not paid`,
      'derived:   the two halves differ: this node lost 50000 sat by it',
    ]);
    await ledger.close();
  },
);

tests(
  'a reorganisation that comes back to the first block leaves the close that it had',
  async () => {
    const [first, second] = ['b1'.repeat(32), 'b2'.repeat(32)];
    const seen = (blockHash: string, height: number): ChannelFact => ({
      type: 'ChannelClosed',
      data: {
        closingTxid,
        height,
        blockHash,
        kind: 'remote-force',
        initiator: 'remote',
        outputs: [],
      },
    });
    const undone = (blockHash: string, height: number): ChannelFact => ({
      type: 'CloseUnconfirmed',
      data: { closingTxid, height, blockHash },
    });
    const facts = [
      seen(first, 700),
      undone(first, 700),
      seen(second, 701),
      undone(second, 701),
      seen(first, 700),
    ];
    const ledger = await ledgerOf([]);
    const clock = new Clock();
    await ledger.recordBatch(about(clock, [opened]));
    const heights: unknown[] = [];
    for (const fact of facts) {
      await ledger.recordBatch(about(clock, [fact]));
      const [row] = ledger.closed();
      const { closedHeight } = await ledger.forensics.why(channelId);
      equal(closedHeight, row?.close.height);
      heights.push(closedHeight);
    }
    equal(heights, [700, undefined, 701, undefined, 700]);
    await ledger.close();
  },
);

tests('what came in and went out by the same channel is told at both of its halves', async () => {
  // A circular route (lnd: allow-circular-route).
  const htlcs = [incoming, outgoing];
  const ledger = await ledgerOf(
    about(new Clock(), [opened, commitment('local', 1, { htlcs }), remoteClose(1)]),
  );
  const [of, gone] = ['expires at height', '; how it ended is not recorded'];
  equal(await linesOf(ledger, channelId, 'HTLCs in flight'), [
    `stated: received 4: 50100000 msat, ${of} 780, 80 blocks were left${gone}`,
    `stated:   forwarded to ${channelId}, its HTLC 7, which ${of} 740${gone}`,
    `stated: offered 7: 50000000 msat, ${of} 740, 40 blocks were left${gone}`,
    `stated:   forwarded from ${channelId}, its HTLC 4, which ${of} 780${gone}`,
  ]);
  await ledger.close();
});

const REVOKED = 'Was the broadcast commitment revoked?';
const holds = 'stated: yes: commitment 0 was revoked, and this node holds its secret';

/** The peer broadcast its commitment 0, which it had revoked for commitment 1. */
const betrayed = (revocation: ChannelFact, first: ChannelFact = opened) =>
  ledgerOf(about(new Clock(), [first, commitment('remote', 1), revocation, remoteClose(0)]));

tests("the secret of a revoked commitment is held against that commitment's point", async () => {
  const ledger = await betrayed(revoked('remote', 0));
  is((await ledger.forensics.why(channelId)).verdict.cause, 'revoked-state');
  equal(await linesOf(ledger, channelId, REVOKED), [
    holds,
    "derived: proof: the recorded secret gives that commitment's own per-commitment point",
  ]);
  // Where its key is destroyed, nothing is proven any more, and that is said.
  await ledger.recordBatch(
    about(new Clock('ldk', 1_800_000_000_000_000_000n), [
      { type: 'ChannelFullyResolved', data: {} },
    ]),
  );
  await ledger.purge(channelId);
  equal(await linesOf(ledger, channelId, REVOKED), [
    holds,
    'unknown: no proof: the secret is recorded, and cannot be opened without its key',
  ]);
  await ledger.close();
});

tests("another commitment's secret proves nothing, nor does one without a point", async () => {
  const wrong: ChannelFact = {
    type: 'CommitmentRevoked',
    data: { side: 'remote', number: 0 },
    secret: { secret: secretHex('remote', 1) },
  };
  const ledger = await betrayed(wrong);
  equal(await linesOf(ledger, channelId, REVOKED), [
    holds,
    "derived: no proof: the recorded secret is not the one of that commitment's point",
  ]);
  await ledger.close();
  const { firstPerCommitmentPoint: _point, ...remote } = opened.data.remote;
  const without = await betrayed(revoked('remote', 0), {
    ...opened,
    data: { ...opened.data, remote },
  });
  equal(await linesOf(without, channelId, REVOKED), [
    holds,
    "unknown: no proof: that commitment's per-commitment point is not recorded",
  ]);
  await without.close();
});

tests.run();
