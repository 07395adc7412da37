/**
 * What the worker thread is asked and answers: a point costs 190 µs, which no recording path has. It
 * holds no key longer than the batch that brought it, and answers with verdicts, never with a secret.
 */
import type { ChannelEvent } from '../channel/events.ts';
import { hexToBytes } from '../lightning/bytes.ts';
import { isSecretOfPoint } from '../lightning/keys.ts';
import type { SealingKey } from '../store/unsealed.ts';
import { CommitmentPoints } from './commitment-points.ts';
import { type KeyLookup, openSealed } from './sealing.ts';
import type { SealedField } from './stored-event.ts';

export interface SecretPair {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
}

/** An event that tells a point or a secret, as it is stored. */
export interface WatchedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

export type SecretTask =
  | { readonly kind: 'pairs'; readonly pairs: readonly SecretPair[] }
  | {
      readonly kind: 'events';
      readonly events: readonly WatchedEvent[];
      /** The keys of the sealed values among them. */
      readonly keys: readonly SealingKey[];
    };

export interface SecretProblem {
  readonly rule: 'secret-matches-point';
  readonly stream: string;
  readonly revision: number;
  readonly detail: string;
}

export type SecretAnswer =
  | { readonly kind: 'pairs'; readonly areRight: readonly boolean[] }
  | {
      readonly kind: 'events';
      readonly checked: number;
      /** Without a key, or their point was not recorded or worked out from them: `verify` says which. */
      readonly notCheckable: number;
      readonly problems: readonly SecretProblem[];
    };

/** Streams whose points are kept; those least recently used go. */
const MAX_STREAMS = 20_000;
const streams = new Map<string, CommitmentPoints>();

export function answer(task: SecretTask): SecretAnswer {
  if (task.kind === 'events') return checkEvents(task.events, keysOf(task.keys));
  return {
    kind: 'pairs',
    areRight: task.pairs.map(({ secret, point }) => isSecretOfPoint(secret, point)),
  };
}

function keysOf(keys: readonly SealingKey[]): KeyLookup {
  const byId = new Map(keys.map((key) => [key.keyId, key]));
  return {
    byId(keyId) {
      const key = byId.get(keyId);
      return key === undefined ? { state: 'no-key', keyId } : { state: 'open', key };
    },
  };
}

function checkEvents(events: readonly WatchedEvent[], keys: KeyLookup): SecretAnswer {
  const problems: SecretProblem[] = [];
  let checked = 0;
  let notCheckable = 0;
  for (const event of events) {
    const { stream, revision, type } = event;
    const points = pointsOf(stream);
    const data = JSON.parse(event.data) as object;
    // The few fields looked at are the same in their stored form.
    points.take({ type, data } as ChannelEvent);
    if (type !== 'CommitmentRevoked') continue;
    const { side, number, sealed } = data as Revocation;
    const point = points.revealed(side, number);
    const opened = sealed && openSealed(keys, event, sealed);
    if (typeof point === 'string' || opened?.state !== 'open') {
      notCheckable++;
      continue;
    }
    checked++;
    const { secret } = JSON.parse(opened.text) as { readonly secret: string };
    if (isSecretOfPoint(hexToBytes(secret, 'secret'), point)) continue;
    problems.push({ rule: 'secret-matches-point', stream, revision, detail: wrong(side, number) });
  }
  return { kind: 'events', checked, notCheckable, problems };
}

interface Revocation {
  readonly side: 'local' | 'remote';
  readonly number: number;
  readonly sealed?: SealedField;
}

export function wrong(side: string, number: number): string {
  return `the secret revealed for ${side} commitment ${number} is not the one behind its point`;
}

function pointsOf(stream: string): CommitmentPoints {
  const points = streams.get(stream) ?? new CommitmentPoints();
  streams.delete(stream);
  streams.set(stream, points);
  if (streams.size > MAX_STREAMS) {
    const [oldest] = streams.keys();
    if (oldest !== undefined) streams.delete(oldest);
  }
  return points;
}
