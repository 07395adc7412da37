/**
 * A dossier as text: in full, or for a stranger's eyes. In a redacted one every name is a pseudonym (the
 * same thing always the same one), heights and times are counted from the close, and nobody's own words
 * are quoted.
 */
import { timeNsOf } from '../../schema/time.ts';
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
  readonly beganHeight?: number;
  readonly sections: readonly {
    readonly title: string;
    readonly lines: readonly WrittenLine[];
  }[];
}

type Spell = (name: Name) => string;

export function inFull(dossier: Dossier): WrittenDossier {
  return { isRedacted: false, ...written(dossier, ({ value }) => value) };
}

export function redacted(dossier: Dossier): WrittenDossier {
  const { beganAt: _at, beganHeight: _height, ...rest } = written(dossier, pseudonyms(dossier));
  return { isRedacted: true, ...rest };
}

function written(dossier: Dossier, spell: Spell): Omit<WrittenDossier, 'isRedacted'> {
  const named = (kind: NameKind, value: string) => spell({ kind, value });
  const events = (ids: readonly string[]) => ids.map((id) => named('event', id));
  const lineOf = ({ parts, basis, events: ids }: DossierLine): WrittenLine => {
    return { text: textOf(parts, spell), basis, events: events(ids) };
  };
  const { nodeId, channelId, shortChannelId, peerId, verdict, sections, beganAt, beganHeight } =
    dossier;
  return {
    nodeId: named('node', nodeId),
    channelId: named('channel', channelId),
    ...(shortChannelId !== undefined && { shortChannelId: named('channel', shortChannelId) }),
    ...(peerId !== undefined && { peerId: named('node', peerId) }),
    verdict: { ...verdict, events: events(verdict.events) },
    beganAt,
    ...(beganHeight !== undefined && { beganHeight }),
    sections: sections.map(({ title, lines }) => ({ title, lines: lines.map(lineOf) })),
  };
}

function textOf(parts: readonly Part[], spell: Spell): string {
  return parts.map((part) => (typeof part === 'string' ? part : spell(part))).join('');
}

const NS_PER_MS = 1_000_000n;

function pseudonyms({ beganAt, beganHeight, channelId, shortChannelId }: Dossier): Spell {
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
        return beganHeight === undefined ? '[height]' : offset(Number(name.value) - beganHeight);
      case 'time':
        return secondsFrom(beganAt, name.value);
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

function offset(blocks: number): string {
  return blocks === 0 ? 'close' : `close${blocks > 0 ? '+' : '-'}${Math.abs(blocks)}`;
}

function secondsFrom(beganAt: string, at: string): string {
  const ms = (timeNsOf(at) - timeNsOf(beganAt)) / NS_PER_MS;
  const sign = ms < 0n ? '-' : '+';
  const whole = ms < 0n ? -ms : ms;
  return `${sign}${whole / 1000n}.${String(whole % 1000n).padStart(3, '0')} s`;
}
