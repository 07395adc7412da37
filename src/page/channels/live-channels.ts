/** The open channels, kept current: what an event touches is asked again, row by row. */
import { useEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import { type Answered, useAnswer } from '../api/answer.ts';
import { ask, pathOf, Unanswered } from '../api/ask.ts';
import { type ListedChannel, listedFields } from '../api/fields.ts';
import type { Channel } from '../api/json.ts';
import { onNews, type Told } from '../live/live.ts';
import { touchesOf } from '../live/touches.ts';
import { isLive, seen } from '../moment.ts';
import { type Asked, keyOf, newerThan, withRows } from './patched-rows.ts';

/** More at once, and the whole list is asked for instead. */
const MOST_ROWS = 24;
const LIST_MS = 2000;
const NEVER = () => false;

type AskedRow = Asked<Channel>;

export function useChannels(node: string | undefined): Answered<readonly ListedChannel[]> {
  const isFollowed = isLive.value;
  const listPath = pathOf('/channels', { ...seen.value, node, fields: listedFields });
  const [round, again] = useReducer((count: number, _: undefined) => count + 1, 0);
  const [patch, patched] = useReducer((count: number, _: undefined) => count + 1, 0);
  // The round makes it another question to the hook, and the server takes no notice of it.
  const listed = useAnswer<readonly ListedChannel[]>(`${listPath}#${round}`, {
    isTouchedBy: NEVER,
  });
  const rows = useRef(new Map<string, AskedRow>());
  const base = useRef(listed.answer);
  if (base.current !== listed.answer) {
    base.current = listed.answer;
    rows.current = newerThan(base.current ?? [], rows.current, listed.askedAt);
  }
  useEffect(() => {
    if (!isFollowed) return undefined;
    const follower = followRows({
      listed: () => base.current ?? [],
      node,
      onRow(row) {
        rows.current.set(keyOf(row.row), row);
        patched(undefined);
      },
      onMany: () => again(undefined),
      onLost: () => rows.current.clear(),
    });
    return () => {
      follower.end();
      // Of another moment, or of another node: to them these rows are not the newer ones.
      rows.current.clear();
    };
  }, [isFollowed, node]);
  const answer = useMemo(
    () => listed.answer && withRows(listed.answer, rows.current),
    [listed.answer, patch],
  );
  const { answer: _before, ...rest } = listed;
  return { ...rest, ...(answer && { answer }) };
}

interface Following {
  readonly listed: () => readonly ListedChannel[];
  readonly node: string | undefined;
  readonly onRow: (row: AskedRow) => void;
  readonly onMany: () => void;
  /** What the rows were asked after is not known any more: the next list alone counts. */
  readonly onLost: () => void;
}

/** The first event of a channel is asked about at once, those that follow while that is answered once. */
function followRows({ listed, node, onRow, onMany, onLost }: Following): { end: () => void } {
  const ended = new AbortController();
  const underWay = new Set<string>();
  const wanted = new Set<string>();
  let isListWaiting = false;
  /** Counts up where rows under way may be older than what the list will be asked after. */
  let round = 0;
  const lose = () => {
    round += 1;
    onLost();
  };
  const listAgain = () => {
    if (isListWaiting) return;
    isListWaiting = true;
    setTimeout(() => {
      isListWaiting = false;
      if (!ended.signal.aborted) onMany();
    }, LIST_MS);
  };
  const askRow = async (key: string) => {
    if (underWay.has(key)) return void wanted.add(key);
    underWay.add(key);
    const [nodeId = '', channelId = ''] = key.split('.');
    const begun = round;
    try {
      const path = pathOf(`/channels/${channelId}/state`, { node: nodeId });
      const askedAt = performance.now();
      const row = await ask<Channel>(path, ended.signal);
      if (begun === round) onRow({ row, askedAt });
    } catch (error) {
      if (ended.signal.aborted) return;
      if (!(error instanceof Unanswered)) throw error;
      listAgain();
    } finally {
      underWay.delete(key);
    }
    if (wanted.delete(key)) void askRow(key);
  };
  const stop = onNews((told) => {
    // The list hears that as well, and asks again by itself.
    if (told === 'everything') return lose();
    const keys = keysOf(told, listed(), node);
    if (keys.size > MOST_ROWS) {
      lose();
      return listAgain();
    }
    for (const key of keys) void askRow(key);
  });
  return {
    end() {
      stop();
      ended.abort();
    },
  };
}

const CHANNEL_STREAM = /^channel-([0-9a-f]{66})\.([0-9a-f]{64})\./;

/** Those that are to be asked again. A few more than may be asked one by one are enough to know. */
function keysOf(
  told: readonly Told[],
  listed: readonly ListedChannel[],
  node: string | undefined,
): ReadonlySet<string> {
  const keys = new Set<string>();
  const heard = new Set<string>();
  for (const one of told) {
    if (keys.size > MOST_ROWS) break;
    const [, nodeId, channelId] = CHANNEL_STREAM.exec(one.stream) ?? [];
    if (nodeId !== undefined && channelId !== undefined) {
      // It may be listed by this event only.
      if (node === undefined || node === nodeId) keys.add(`${nodeId}.${channelId}`);
      continue;
    }
    const about = `${one.stream} ${one.type} ${one.ends?.join() ?? ''}`;
    if (heard.has(about)) continue;
    heard.add(about);
    const isTouched = touchesOf(one);
    for (const channel of listed) if (isTouched(channel)) keys.add(keyOf(channel));
  }
  return keys;
}
