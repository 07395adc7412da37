/** Which messages of the peer and of this node led to the end: none that the channel outlived. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { CaseEvent } from '../../../src/ledger/forensics/case.ts';
import { causeOf, closed, commitment, message, revoked, started, told } from './told.ts';

const tests = suite('verdicts by messages');

const end = told(4_000, closed({}));
const error = told(500, message({ text: 'internal error' }));
/** Placed between two times (bounds), and not told. */
const placed = (event: CaseEvent, notBefore: number | undefined, notAfter: number): CaseEvent => {
  const at = (second: number) => told(second, event.fact).at;
  return {
    ...event,
    bounds: {
      ...(notBefore !== undefined && { notBefore: at(notBefore) }),
      notAfter: at(notAfter),
    },
  };
};

tests('an error that the channel outlived is no cause', () => {
  const because = { cause: 'peer-error', by: 'remote', basis: 'derived' };
  const updated = told(3_900, commitment('local', 40));
  const given = told(3_900, revoked('remote', 39));
  // Of before the error.
  const old = [told(400, commitment('local', 39)), told(499, revoked('local', 38))];
  equal(causeOf([...old, end], [error]), { ...because, events: ['PeerMessage@500'] });
  is(causeOf([...old, updated, end], [error]).cause, 'unknown');
  is(causeOf([...old, given, end], [error]).cause, 'unknown');
  // The next one nothing came after.
  const next = told(3_950, message({ text: 'internal error' }));
  equal(causeOf([updated, given, end], [error, next]), {
    ...because,
    events: ['PeerMessage@3950'],
  });
  // Of an end that was given up nothing goes on; what a teller tells later came before.
  const after = told(4_001, commitment('local', 40));
  equal(causeOf([end, after], [error]), { ...because, events: ['PeerMessage@500'] });
  // BOLT 1: an error of ours that was outlived is not what the peer's next one answers.
  const sent = told(450, message({ direction: 'sent' }));
  const between = told(470, commitment('remote', 39));
  equal(causeOf([between, end], [sent, error]), { ...because, events: ['PeerMessage@500'] });
  is(causeOf([end], [sent, error]).cause, 'unknown');
});

tests(
  'a commitment that is only placed after an error does not show that the channel went on',
  () => {
    const updated = told(3_900, commitment('local', 40));
    is(causeOf([placed(updated, 400, 4_000), end], [error]).cause, 'peer-error');
    is(causeOf([placed(updated, undefined, 4_000), end], [error]).cause, 'peer-error');
    is(causeOf([placed(updated, 501, 4_000), end], [error]).cause, 'unknown');
    is(causeOf([updated, end], [placed(error, 100, 3_900)]).cause, 'peer-error');
  },
);

tests(
  'an error counts up to the moment in which the channel was given up, and an hour before',
  () => {
    const at = (second: number) => causeOf([end], [told(second, message({}))]).cause;
    is(at(4_000), 'peer-error');
    is(at(4_001), 'unknown');
    is(at(400), 'peer-error');
    is(at(399), 'unknown');
    // A state of the moment in which it was given up came before; one told later is no state any more.
    is(causeOf([told(4_000, commitment('local', 40)), end], [error]).cause, 'unknown');
    // Of two errors of one moment nothing says that the peer's was the answer.
    const both = [told(500, message({ direction: 'sent' })), error];
    is(causeOf([end], both).cause, 'peer-error');
    // As a node does that fails the channel in the same moment.
    const begin = told(10, started('a reason of tomorrow'));
    is(causeOf([begin, end], [told(10, message({}))]).cause, 'peer-error');
  },
);

const reestablish = (
  second: number,
  nextLocalCommitment: number,
  direction: 'received' | 'sent' = 'received',
) => told(second, message({ kind: 'reestablish', direction, nextLocalCommitment }));
const TEN_DAYS_SECONDS = 864_000;

tests('only the last reestablish of each end tells what it had when the channel ended', () => {
  const held = [told(1, commitment('local', 7)), told(2, revoked('remote', 7))];
  const forced = told(TEN_DAYS_SECONDS, closed({}));
  const lost = { cause: 'data-loss', basis: 'derived' };
  // BOLT 2: who revoked 7 held 8, and waits for 9.
  is(causeOf([...held, forced], [reestablish(10, 8), reestablish(60, 9)]).cause, 'unknown');
  equal(causeOf([...held, forced], [reestablish(10, 9), reestablish(60, 8)]), {
    ...lost,
    by: 'remote',
    events: ['PeerMessage@60', 'CommitmentRevoked@2'],
  });
  // Of both ends; of the one that is right the other learns nothing.
  const [ours, theirs] = [reestablish(60, 7, 'sent'), reestablish(61, 9)];
  equal(causeOf([...held, forced], [reestablish(10, 8, 'sent'), ours, theirs]), {
    ...lost,
    by: 'local',
    events: ['PeerMessage@60', 'CommitmentUpdated@1'],
  });
  is(causeOf([...held, forced], [ours, reestablish(70, 8, 'sent'), theirs]).cause, 'unknown');
  const atTheEnd = reestablish(TEN_DAYS_SECONDS, 9);
  is(causeOf([...held, forced], [reestablish(60, 8), atTheEnd]).cause, 'unknown');
  // What LDK says of a channel that is gone takes nothing back.
  const after = reestablish(TEN_DAYS_SECONDS + 1, 9);
  is(causeOf([...held, forced], [reestablish(60, 8), after]).cause, 'data-loss');
});

tests('an end that went on after its reestablish had lost nothing that ended the channel', () => {
  const held = [told(1, commitment('local', 7)), told(2, revoked('remote', 7))];
  const forced = told(TEN_DAYS_SECONDS, closed({}));
  const stale = [reestablish(60, 8)];
  is(causeOf([...held, forced], stale).cause, 'data-loss');
  is(causeOf([...held, told(61, commitment('local', 8)), forced], stale).cause, 'unknown');
  is(causeOf([...held, told(61, revoked('local', 7)), forced], stale).cause, 'unknown');
});

tests.run();
