/**
 * One patch of the journal (RFC 6902 as Electrum writes it: add, replace, remove) put into the wallet's
 * object. Only what is read here is kept up; a patch of anything else is passed over.
 */
import { isRecord } from './wallet-text.ts';

/** The branches of a wallet that something here reads. */
const READ = new Set([
  'channels',
  'lightning_payments',
  'lightning_preimages',
  'transactions',
  'txi',
  'txo',
  'verified_tx3',
  'addresses',
  'lightning_xprv',
]);
/** Branches of a channel that nothing here reads, and which change with every payment. */
const PASSED = new Set([
  'unacked_updates',
  'onion_keys',
  'unfulfilled_htlcs',
  'peer_network_addresses',
]);
/** Tuples of a few values are all the lists there are in these branches. */
const LONGEST_LIST = 4096;

export interface Patch {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Undefined for what is no patch. */
export function patchOf(record: unknown): Patch | undefined {
  if (!isRecord(record)) return undefined;
  const { op, path, value } = record;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') return undefined;
  if (typeof path !== 'string' || !path.startsWith('/')) return undefined;
  if (op !== 'remove' && value === undefined) return undefined;
  const steps = path.slice(1).split('/');
  // RFC 6901: `~1` stands for a slash, `~0` for the tilde.
  return { op, path: steps.map((step) => step.replace(/~1/g, '/').replace(/~0/g, '~')), value };
}

export function isRead({ path }: Patch): boolean {
  if (!READ.has(path[0] ?? '')) return false;
  return path[0] !== 'channels' || !path.some((step) => PASSED.has(step));
}

/** Changes the object; returns what is wrong where the patch does not fit it, which is then unchanged. */
export function applyPatch(wallet: Record<string, unknown>, patch: Patch): string | undefined {
  const { op, path, value } = patch;
  const last = path.at(-1) ?? '';
  if (path.includes('__proto__')) return 'its path is no name of a wallet';
  let at: unknown = wallet;
  for (const step of path.slice(0, -1)) {
    const next: unknown = Array.isArray(at) ? at[placeOf(step, at.length)] : ownOf(at, step);
    if (next === undefined) return 'what it changes is not there';
    at = next;
  }
  if (Array.isArray(at)) return applyToList(at, op, last, value);
  if (!isRecord(at)) return 'what it changes is no object';
  if (op !== 'add' && !Object.hasOwn(at, last)) return 'what it changes is not there';
  if (op === 'remove') delete at[last];
  else at[last] = value;
  return undefined;
}

function applyToList(
  list: unknown[],
  op: Patch['op'],
  step: string,
  value: unknown,
): string | undefined {
  const end = op === 'add' ? list.length : list.length - 1;
  const place = op === 'add' && step === '-' ? list.length : placeOf(step, end + 1);
  if (!(place <= end)) return 'what it changes is not there';
  if (op === 'add' && list.length >= LONGEST_LIST) return 'the list it adds to is too long';
  if (op === 'remove') list.splice(place, 1);
  else list.splice(place, op === 'add' ? 0 : 1, value);
  return undefined;
}

function placeOf(step: string, before: number): number {
  const place = /^(?:0|[1-9][0-9]{0,6})$/.test(step) ? Number(step) : Number.NaN;
  return place < before ? place : Number.NaN;
}

function ownOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
