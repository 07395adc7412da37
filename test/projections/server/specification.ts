/** What a projection of the server has to do: events in, and after each one the links that it made. */
import type { Link, SandboxEvent } from '../../../src/ledger/projection-sandbox.ts';

export interface Step {
  readonly says: string;
  readonly event: SandboxEvent;
  readonly links: readonly Link[];
}

export interface Specification {
  readonly projection: 'by-peer' | 'closes' | 'fee-changes';
  readonly steps: readonly Step[];
}

const NODE = `02${'aa'.repeat(32)}`;
export const PEER = `03${'bb'.repeat(32)}`;
export const OTHER_PEER = `02${'cc'.repeat(32)}`;

export const channel = (byte: string) => `channel-${NODE}.${byte.repeat(32)}.ldk`;

export function event(
  streamId: string,
  sequenceNumber: number,
  eventType: string,
  data: object | string | null = {},
): SandboxEvent {
  const bodyRaw = typeof data === 'object' && data !== null ? JSON.stringify(data) : data;
  return { streamId, sequenceNumber, eventType, bodyRaw };
}

export function link(stream: string, { streamId, sequenceNumber }: SandboxEvent): Link {
  return { stream, target: `${sequenceNumber}@${streamId}` };
}

/** A step whose event is linked into each of these streams. */
export function linked(says: string, into: string, one: SandboxEvent): Step {
  return { says, event: one, links: [link(into, one)] };
}

export function passedOver(says: string, one: SandboxEvent): Step {
  return { says, event: one, links: [] };
}

/** The same of a ledger with a name: every stream of it begins so. */
export function inLedger(prefix: string, steps: readonly Step[]): Step[] {
  return steps.map(({ says, event: one, links }) => ({
    says,
    event: { ...one, streamId: prefix + one.streamId },
    links: links.map(({ stream, target }) => ({
      stream: prefix + stream,
      target: target.replace('@', `@${prefix}`),
    })),
  }));
}
