/** `channel_state_changes`: when a channel became ready, who began to close it, and when that was seen. */
import type { ChannelFact } from '../../channel/observations.ts';
import { CHANNEL_STATE, type ChannelRecord } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import { must, RecordError, type Row } from './row.ts';
import { type Placed, statedAt, type Teller } from './teller.ts';

/** `enum state_change` (lightningd/channel_state.h). */
const CAUSES = ['unknown', 'local', 'user', 'remote', 'protocol', 'onchain'] as const;
export type Cause = (typeof CAUSES)[number];

export interface StateChange {
  readonly atNs: bigint;
  readonly from: number;
  readonly to: number;
  readonly cause: Cause;
  readonly message: string;
}

export function changeRows(
  database: ForeignDatabase,
  dbid: bigint,
): Generator<Row> | readonly Row[] {
  if (!database.has('channel_state_changes')) return [];
  return database.rows(
    `SELECT timestamp, old_state, new_state, cause, message FROM main.channel_state_changes
     WHERE channel_id = ? ORDER BY timestamp`,
    dbid,
  );
}

/** Throws a RecordError that names the field. */
export function stateChange(row: Row, teller: Teller): StateChange {
  const cause = CAUSES[must('cause', row.count('cause'))];
  if (cause === undefined) throw new RecordError('"cause" expected a cause from 0 to 5');
  return {
    atNs: must('timestamp', teller.timeNs('timestamp', row.integer('timestamp'))),
    from: must('old_state', row.count('old_state')),
    to: must('new_state', row.count('new_state')),
    cause,
    message: (row.text('message') ?? '').slice(0, 1_000),
  };
}

export interface Milestone {
  readonly fact: ChannelFact;
  readonly placed: Placed;
}

/** What the changes say that happened before the funding was spent. */
export function milestones(
  channel: Pick<ChannelRecord, 'outpoint' | 'localAlias' | 'remoteAlias' | 'shutdownScripts'>,
  changes: readonly StateChange[],
): readonly Milestone[] {
  const { outpoint: fundingOutpoint, localAlias, remoteAlias, shutdownScripts } = channel;
  const found: Milestone[] = [];
  const ready = readyChange(changes);
  if (ready !== undefined) {
    const aliases = {
      ...(localAlias !== undefined && { localAlias }),
      ...(remoteAlias !== undefined && { remoteAlias }),
    };
    const fact = { type: 'ChannelReady', data: { fundingOutpoint, ...aliases } } as const;
    found.push({ fact, placed: statedAt(ready.atNs) });
  }
  const [begun, ...later] = givenUp(changes);
  if (begun === undefined) return found;
  const { cause, atNs } = begun;
  const by = causedBy(cause);
  const shutdown = (side: 'local' | 'remote'): ChannelFact => {
    const script = shutdownScripts[side];
    return { type: 'ShutdownStarted', data: { by: side }, ...(script && { secret: { script } }) };
  };
  const first = by === 'remote' ? 'remote' : 'local';
  if (begun.to === CHANNEL_STATE.shuttingDown) {
    found.push({ fact: shutdown(first), placed: statedAt(atNs) });
  }
  found.push(closeStarted(begun));
  // BOLT 2: fees are negotiated once both have said shutdown.
  const agreed = changes.find(({ to }) => to === CHANNEL_STATE.closingSigs);
  if (agreed !== undefined && begun.to === CHANNEL_STATE.shuttingDown) {
    const placed = {
      atNs: agreed.atNs,
      isStated: false,
      notBeforeNs: atNs,
      notAfterNs: agreed.atNs,
    };
    found.push({ fact: shutdown(first === 'local' ? 'remote' : 'local'), placed });
  }
  return [...found, ...later.map(closeStarted)];
}

function closeStarted({ cause, message, atNs }: StateChange): Milestone {
  const by = causedBy(cause);
  const data = { by, reason: cause, ...(message !== '' && { sourceReason: message }) };
  return { fact: { type: 'CloseStarted', data }, placed: statedAt(atNs) };
}

/**
 * The first change towards a close, and each later one before the funding was spent that says something of
 * its own: a shutdown, the end by force (`channel_fail_permanent`), another cause. The rest are the steps
 * of what was agreed, which lightningd writes with the cause of the one before ("Start closingd").
 */
function givenUp(changes: readonly StateChange[]): readonly StateChange[] {
  const closing = changes.filter(({ to }) => isClosing(to));
  return closing.filter(({ to, cause }, nth) => {
    const before = closing[nth - 1];
    if (before === undefined) return true;
    if (to >= CHANNEL_STATE.spendSeen) return false;
    const isBeginning =
      to === CHANNEL_STATE.shuttingDown || to === CHANNEL_STATE.awaitingUnilateral;
    return isBeginning || cause !== before.cause;
  });
}

export function readyChange(changes: readonly StateChange[]): StateChange | undefined {
  return changes.find(({ to }) => to === CHANNEL_STATE.normal);
}

export function isCause(text: string | undefined): text is Cause {
  return CAUSES.some((cause) => cause === text);
}

export function causedBy(cause: Cause): 'local' | 'remote' | 'unknown' {
  if (cause === 'remote') return 'remote';
  return cause === 'local' || cause === 'user' || cause === 'protocol' ? 'local' : 'unknown';
}

function isClosing(state: number): boolean {
  return state >= CHANNEL_STATE.shuttingDown && state <= CHANNEL_STATE.onChain;
}
