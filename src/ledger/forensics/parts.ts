/**
 * What a dossier's lines are made of: words, and names that can be told from words, so that a file for
 * a stranger can leave every name out (redact.ts).
 */
import type { TimeBounds } from '../../schema/time-bounds.ts';

export type NameKind =
  | 'event'
  | 'channel'
  | 'node'
  | 'transaction'
  | 'outpoint'
  /** A block's height, which tells the day and with it the transaction. */
  | 'height'
  | 'time'
  /** Text that somebody else wrote. */
  | 'words';

export interface Name {
  readonly kind: NameKind;
  readonly value: string;
  /** Of a time that no source told: between which times it was placed. */
  readonly bounds?: TimeBounds;
}

export type Part = string | Name;

/** How a line is known, strongest first. */
export const bases = ['transaction', 'signed', 'stated', 'derived', 'unknown'] as const;
export type Basis = (typeof bases)[number];

export interface DossierLine {
  readonly parts: readonly Part[];
  readonly basis: Basis;
  /** Ids of the events it rests on. */
  readonly events: readonly string[];
}

export interface DossierSection {
  readonly title: string;
  readonly lines: readonly DossierLine[];
}

interface Rested {
  readonly eventId: string;
}

export function lineOf(
  basis: Basis,
  parts: readonly Part[],
  restsOn: readonly (Rested | undefined)[] = [],
): DossierLine {
  const events = restsOn.flatMap((event) => (event === undefined ? [] : [event.eventId]));
  return { parts, basis, events: [...new Set(events)] };
}

const name = (kind: NameKind, value: string): Name => ({ kind, value });
export const channelName = (id: string): Name => name('channel', id);
export const nodeName = (id: string): Name => name('node', id);
export const transactionName = (txid: string): Name => name('transaction', txid);
export const outpointName = (outpoint: string): Name => name('outpoint', outpoint);
export const heightName = (height: number): Name => name('height', String(height));
export const words = (text: string): Name => name('words', text);

/** When it happened, with how well that is known. */
export function timeName({ at, bounds }: Timed): Name {
  return { ...name('time', at), ...(bounds && { bounds }) };
}

interface Timed {
  readonly at: string;
  readonly bounds?: TimeBounds;
}

/** Parts with a word between them. */
export function joined(all: readonly (readonly Part[])[], between: string): Part[] {
  return all.flatMap((parts, index) => (index === 0 ? parts : [between, ...parts]));
}
