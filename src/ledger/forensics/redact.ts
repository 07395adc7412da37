/**
 * A dossier as text: in full, or for a stranger's eyes. In a redacted one every name is a pseudonym (the
 * same thing always the same one), heights and times are counted from the close, and nobody's own words
 * are quoted.
 */

import { lengthBelow, lengthText, placedTimeText } from '../../schema/placed-time.ts';
import { timeNsOf } from '../../schema/time.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { Dossier } from './dossier.ts';
import type { Basis, DossierLine, Name, NameKind, Part } from './parts.ts';
import type { Verdict } from './verdict.ts';

export interface WrittenLine {
  readonly text: string;
  readonly basis: Basis;
  readonly events: readonly string[];
}

/** What is printed and saved: names spelled as the reader may see them. */
export interface WrittenDossier {
  readonly isRedacted: boolean;
  readonly nodeId: string;
  readonly channelId: string;
  readonly shortChannelId?: string;
  readonly peerId?: string;
  readonly verdict: Omit<Verdict, 'events'> & { readonly events: readonly string[] };
  /** Left out of a redacted one. */
  readonly beganAt?: string;
  readonly beganAtBounds?: TimeBounds;
  readonly beganHeight?: number;
  readonly sections: readonly {
    readonly title: string;
    readonly lines: readonly WrittenLine[];
  }[];
}

type Spell = (name: Name) => string;

export function inFull(dossier: Dossier): WrittenDossier {
  return { isRedacted: false, ...written(dossier, inFullSpelled) };
}

export function redacted(dossier: Dossier): WrittenDossier {
  const all = written(dossier, pseudonyms(dossier));
  const { beganAt: _at, beganAtBounds: _bounds, beganHeight: _height, ...rest } = all;
  return { isRedacted: true, ...rest };
}

const GLYPHS = { atLeast: '≥', atMost: '≤', plusMinus: '±' };

function inFullSpelled({ value, bounds }: Name): string {
  return bounds === undefined ? value : `${placedTimeText(value, bounds, GLYPHS)} (placed)`;
}

function written(dossier: Dossier, spell: Spell): Omit<WrittenDossier, 'isRedacted'> {
  const named = (kind: NameKind, value: string) => spell({ kind, value });
  const events = (ids: readonly string[]) => ids.map((id) => named('event', id));
  const lineOf = ({ parts, basis, events: ids }: DossierLine): WrittenLine => {
    return { text: textOf(parts, spell), basis, events: events(ids) };
  };
  const { nodeId, channelId, shortChannelId, peerId, verdict, sections } = dossier;
  const { beganAt, beganAtBounds, beganHeight } = dossier;
  return {
    nodeId: named('node', nodeId),
    channelId: named('channel', channelId),
    ...(shortChannelId !== undefined && { shortChannelId: named('channel', shortChannelId) }),
    ...(peerId !== undefined && { peerId: named('node', peerId) }),
    verdict: { ...verdict, events: events(verdict.events) },
    beganAt,
    ...(beganAtBounds && { beganAtBounds }),
    ...(beganHeight !== undefined && { beganHeight }),
    sections: sections.map(({ title, lines }) => ({ title, lines: lines.map(lineOf) })),
  };
}

function textOf(parts: readonly Part[], spell: Spell): string {
  return parts.map((part) => (typeof part === 'string' ? part : spell(part))).join('');
}

const NS_PER_MS = 1_000_000n;

function pseudonyms(dossier: Dossier): Spell {
  const { beganHeight, closedHeight, channelId, shortChannelId } = dossier;
  const counts = new Map<NameKind, number>();
  const known = new Map<string, string>();
  const given = ({ kind, value }: Name): string => {
    const key = `${kind} ${value}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const pseudonym = kind === 'words' ? `[words ${count} withheld]` : `${kind}-${count}`;
    known.set(key, pseudonym);
    return pseudonym;
  };
  return (name) => {
    switch (name.kind) {
      case 'height':
        if (closedHeight !== undefined) return offset('close', Number(name.value) - closedHeight);
        if (beganHeight === undefined) return '[height]';
        return offset('begin', Number(name.value) - beganHeight);
      case 'time':
        return relativeTime(dossier, name);
      case 'outpoint':
        return outpointOf(name.value, given);
      case 'channel':
        // Two names of the same channel.
        return given({ ...name, value: name.value === shortChannelId ? channelId : name.value });
      default:
        return given(name);
    }
  };
}

/** An output of a transaction that has a pseudonym: its index stays. */
function outpointOf(value: string, given: Spell): string {
  const [txid = '', index] = value.split(':');
  // Of a closing transaction that is not known, "output 1".
  if (index === undefined) return /^output \d+$/.test(value) ? value : '[outpoint]';
  return `${given({ kind: 'transaction', value: txid })}:${index}`;
}

function offset(from: string, blocks: number): string {
  return blocks === 0 ? from : `${from}${blocks > 0 ? '+' : '-'}${Math.abs(blocks)}`;
}

/**
 * From when its end began; where either time was placed, between what it can be. That beginning may be the
 * close alone: nobody need have given the channel up.
 */
function relativeTime({ beganAt, beganAtBounds }: Dossier, { value, bounds }: Name): string {
  if (beganAtBounds === undefined && bounds === undefined) return secondsBetween(beganAt, value);
  if (value === beganAt) return 'time 0 (placed)';
  const base = beganAtBounds ?? { notBefore: beganAt, notAfter: beganAt };
  const told = bounds ?? { notBefore: value, notAfter: value };
  const least = told.notBefore && base.notAfter && lengthFrom(base.notAfter, told.notBefore);
  const most = told.notAfter && base.notBefore && lengthTo(base.notBefore, told.notAfter);
  if (least !== undefined && most !== undefined) return `${least} to ${most} (placed)`;
  if (least !== undefined) return `${least} or later (placed)`;
  return most === undefined ? '[time not told]' : `${most} or earlier (placed)`;
}

const lengthFrom = (from: string, at: string) => signedLength(timeNsOf(at) - timeNsOf(from), -1n);
const lengthTo = (from: string, at: string) => signedLength(timeNsOf(at) - timeNsOf(from), 1n);

/** In the unit that placed times have, and rounded to that side: the true time is never outside. */
function signedLength(ns: bigint, towards: 1n | -1n): string {
  const isBefore = ns < 0n;
  const length = isBefore ? -ns : ns;
  return `${isBefore ? '-' : '+'}${isBefore === (towards < 0n) ? lengthText(length) : lengthBelow(length)}`;
}

function secondsBetween(from: string, at: string): string {
  const ms = (timeNsOf(at) - timeNsOf(from)) / NS_PER_MS;
  const sign = ms < 0n ? '-' : '+';
  const whole = ms < 0n ? -ms : ms;
  return `${sign}${whole / 1000n}.${String(whole % 1000n).padStart(3, '0')} s`;
}
