import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { blockHash } from '../channel/given.ts';
import { closingTxid, openedEvent, openedRow, story } from './channel-story.ts';
import { at } from './rows-after.ts';

const asked = { reason: 'user', sourceReason: 'User or plugin invoked close command' } as const;
const deadline = {
  reason: 'local',
  sourceReason: 'Offered HTLC 3 SENT_ADD_ACK_REVOCATION cltv 700 hit deadline',
} as const;
const unknownWords = { reason: 'a reason of tomorrow' } as const;

test('the first reason that names a cause counts, and who gave it where a later one knows that', () => {
  const first = { ...unknownWords, reasonAt: at(1), startedAt: at(1), outputs: [] } as const;
  const told = { ...asked, reasonAt: at(3), startedAt: at(1), startedBy: 'local' } as const;
  const again = { reason: 'again', at: at(2) };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'CloseStarted', data: { by: 'unknown', ...unknownWords } },
      { status: 'closing', close: { ...first, startedBy: 'unknown' } },
    )
    .after(
      { type: 'CloseStarted', data: { by: 'remote', reason: 'again' } },
      { close: { ...first, startedBy: 'remote', otherReasons: [again] } },
    )
    .after(
      { type: 'CloseStarted', data: { by: 'local', ...asked } },
      { close: { ...told, otherReasons: [{ ...unknownWords, at: at(1) }, again], outputs: [] } },
    )
    // The same words say nothing new.
    .after({ type: 'CloseStarted', data: { by: 'local', ...asked } }, {})
    .after({ type: 'CloseStarted', data: { by: 'local', ...unknownWords } }, {});
});

test('a wish that was overtaken by force is not why: what forced it counts, and else it says so', () => {
  const kind = (of: 'local-force' | 'cooperative', closingTime: number) =>
    ({ kind: of, initiator: 'local', closedAt: at(closingTime), closingTxid }) as const;
  const wished = { ...asked, reasonAt: at(1), startedAt: at(1), startedBy: 'local' } as const;
  const forcedBy = { ...deadline, reasonAt: at(2), startedAt: at(1), startedBy: 'local' } as const;
  const closing = (of: 'local-force' | 'cooperative'): ChannelEvent => ({
    type: 'ChannelClosed',
    data: { kind: of, initiator: 'local', closingTxid, blockHash, height: 9, outputs: [] },
  });
  const undone: ChannelEvent = {
    type: 'CloseUnconfirmed',
    data: { closingTxid, blockHash, height: 9 },
  };
  const begun = () =>
    story()
      .after(openedEvent, openedRow)
      .after(
        { type: 'CloseStarted', data: { by: 'local', ...asked } },
        { status: 'closing', close: { ...wished, outputs: [] } },
      );
  const nowForced = { ...forcedBy, otherReasons: [{ ...asked, at: at(1) }], outputs: [] };
  begun()
    .after({ type: 'CloseStarted', data: { by: 'local', ...deadline } }, { close: nowForced })
    // By agreement after all.
    .after(closing('cooperative'), {
      status: 'closed',
      close: {
        ...wished,
        ...kind('cooperative', 3),
        height: 9,
        otherReasons: [{ ...deadline, at: at(2) }],
        outputs: [],
      },
    })
    // And then not.
    .after(undone, { status: 'closing', close: nowForced });
  begun()
    .after(closing('local-force'), {
      status: 'closed',
      close: {
        ...wished,
        ...kind('local-force', 2),
        height: 9,
        isReasonOvertaken: true,
        outputs: [],
      },
    })
    .after(undone, { status: 'closing', close: { ...wished, outputs: [] } });
});

test('of two reasons of one moment the same one counts, in whichever order they were recorded', () => {
  const reasons = [
    { by: 'local', reason: 'b', sourceReason: 'x' },
    { by: 'unknown', reason: 'a' },
    { by: 'local', reason: 'a', sourceReason: 'y' },
  ] as const;
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
  ]) {
    const row = channelProjection.initial({ stream: '', nodeId: '', subjectId: '', source: '' });
    for (const nth of order) {
      const data = reasons[nth];
      if (data === undefined) continue;
      const event = { type: 'CloseStarted', data, happenedAt: at(1), recordedAt: at(2) } as const;
      const told = { ...event, timeBasis: 'source', timeBounds: undefined } as const;
      channelProjection.on.CloseStarted?.(row, { ...told, revision: row.eventCount });
    }
    assert.equal(row.close, {
      startedAt: at(1),
      startedBy: 'local',
      reason: 'a',
      reasonAt: at(1),
      otherReasons: [
        { reason: 'a', sourceReason: 'y', at: at(1) },
        { reason: 'b', sourceReason: 'x', at: at(1) },
      ],
      outputs: [],
    });
  }
});

test.run();
