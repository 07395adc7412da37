/** How lightningd gave a channel up: each change that says something of its own, and no step of it. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import { CHANNEL, changedDatabase, importCln, ledgerOf } from './real-cln.ts';

const test = suite("how lightningd's channel was given up");

/** `enum state_change` (lightningd/channel_state.h). */
const CAUSES = { local: 1, user: 2, protocol: 4, onchain: 5 } as const;
type Change = readonly [from: number, to: number, cause: keyof typeof CAUSES, message: string];

/** Nanoseconds: a second after another, after the last of the real database. */
const READY_NS = 1_754_896_716_081_047_211n;

async function given(...changes: readonly Change[]) {
  const statements = changes.map(([from, to, cause, message], nth) => {
    const ns = READY_NS + BigInt(nth + 1) * 1_000_000_000n;
    return `INSERT INTO channel_state_changes (channel_id, timestamp, old_state, new_state, cause, message)
      VALUES (1, ${ns}, ${from}, ${to}, ${CAUSES[cause]}, '${message}')`;
  });
  const state = `UPDATE channels SET state = ${changes.at(-1)?.[1]}`;
  const told = await importCln([changedDatabase('l1-before-moves-in-db', ...statements, state)]);
  const starts = told.observations.flatMap(({ fact }) => {
    return fact.type === 'CloseStarted'
      ? [[fact.data.by, fact.data.reason, fact.data.sourceReason]]
      : [];
  });
  const ledger = await ledgerOf(told);
  const broken = ledger.problems().filter(({ kind }) => kind !== 'gap');
  equal(broken, []);
  const { verdict } = inFull(await ledger.forensics.why(CHANNEL));
  return { starts, verdict: [verdict.cause, verdict.by, verdict.basis, verdict.events.length] };
}

const asked = [3, 4, 'user', 'User or plugin invoked close command'] as const;

test('a close that the user forced when the peer was away is told with both of its changes', async () => {
  // As lightningd's own test has them (tests/test_plugin.py, test_channel_state_changed_unilateral).
  const timedOut = [4, 7, 'user', 'Forcibly closed by `close` command timeout'] as const;
  equal(await given(asked, timedOut), {
    starts: [
      ['local', 'user', 'User or plugin invoked close command'],
      ['local', 'user', 'Forcibly closed by `close` command timeout'],
    ],
    verdict: ['user', 'local', 'stated', 1],
  });
});

test("the spend seen on chain follows from what was given up, and is no reason of lightningd's", async () => {
  // The other end of the same test.
  const error = `channeld: received ERROR channel ${CHANNEL}: Forcibly closed by \`close\` command timeout`;
  const spent = [7, 8, 'onchain', 'Onchain funding spend'] as const;
  const handled = [8, 9, 'onchain', 'Onchain init reply'] as const;
  equal(await given([3, 7, 'protocol', error], spent, handled), {
    starts: [['local', 'protocol', error]],
    verdict: ['peer-error', 'remote', 'stated', 1],
  });
});

test("a close that was agreed and then forced by a deadline is the deadline's", async () => {
  // lightningd/htlc_end.c, peer_htlcs.c: htlcs_notify_new_block.
  const deadline = 'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline';
  equal(await given(asked, [4, 7, 'local', deadline]), {
    starts: [
      ['local', 'user', 'User or plugin invoked close command'],
      ['local', 'local', deadline],
    ],
    verdict: ['offered-htlc-expired', 'local', 'stated', 1],
  });
});

test('the steps of a close by agreement begin nothing', async () => {
  // As l1-missed-p2wpkh-CLOSINGD_COMPLETE has them.
  const steps = [
    [4, 5, 'user', 'Start closingd'],
    [5, 6, 'user', 'Closing complete'],
  ] as const;
  equal(await given(asked, ...steps), {
    starts: [['local', 'user', 'User or plugin invoked close command']],
    verdict: ['user', 'local', 'stated', 3],
  });
});

test.run();
