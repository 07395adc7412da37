/**
 * The journal put into the wallet's object, patch by patch, and what is overwritten on the way: the peer's
 * signatures, its commitment points and its policies. A wallet keeps only the newest of each.
 */
import type { Tally } from '../tally.ts';
import { applyPatch, isRead, type Patch, patchOf } from './patch.ts';
import { isRecord, isTorn, type WalletText } from './wallet-text.ts';

export interface Signed {
  readonly commitment: string;
  /** 64 bytes each, joined, in the order of the commitment's outputs. */
  readonly htlcs: string;
}

/** What was true of one channel at some time and is not in the wallet any more, by commitment number. */
export interface Passed {
  readonly signed: Map<number, Signed>;
  readonly remotePoints: Map<number, string>;
  readonly remoteUpdates: Set<string>;
}

export interface Replayed {
  readonly wallet: Record<string, unknown>;
  readonly passed: ReadonlyMap<string, Passed>;
}

const SIGNATURE = /^[0-9a-f]{128}$/;
const SIGNATURES = /^(?:[0-9a-f]{128})*$/;
const POINT = /^0[23][0-9a-f]{64}$/;

const isHex = (value: unknown, form: RegExp): value is string => {
  return typeof value === 'string' && form.test(value);
};

export function replay({ base, journal }: WalletText, tally: Tally, name: string): Replayed {
  const passed = new Map<string, Passed>();
  for (const id of Object.keys(isRecord(base.channels) ? base.channels : {})) {
    noteWhole(passed, base, id);
  }
  for (const record of journal) {
    const place = `${name}, journal record ${record.number} at byte ${record.byte}`;
    if (isTorn(record)) {
      tally.bad(
        place,
        'it is not whole, as a crash leaves it: it was not applied, nor was what follows',
      );
      break;
    }
    const patch = patchOf(record.value);
    const fault = patch === undefined ? 'it is no patch' : misfit(base, patch);
    if (patch === undefined || fault !== undefined) {
      tally.bad(place, `${fault}: it was not applied, nor was what follows`);
      break;
    }
    tally.read('journal patches');
    if (patch.path[0] === 'channels' && isRead(patch)) notePatch(passed, base, patch);
  }
  return { wallet: base, passed };
}

function misfit(wallet: Record<string, unknown>, patch: Patch): string | undefined {
  return isRead(patch) ? applyPatch(wallet, patch) : undefined;
}

function notePatch(
  passed: Map<string, Passed>,
  wallet: Record<string, unknown>,
  { path }: Patch,
): void {
  const [, id, ...inside] = path;
  if (id === undefined) return;
  const where = inside.join('/');
  // The number is raised once the signature is stored, the points once the secret is: between them the
  // wallet's values are of different commitments.
  if (inside.length <= 1 && where !== 'remote_update') noteWhole(passed, wallet, id);
  else if (where === 'log/1' || where === 'log/1/ctn') noteSigned(passed, wallet, id);
  else if (where === 'remote_config/next_per_commitment_point') notePoints(passed, wallet, id);
  else if (where === 'remote_update') noteUpdate(passed, wallet, id);
}

function noteWhole(passed: Map<string, Passed>, wallet: Record<string, unknown>, id: string): void {
  const isPending = at(wallet, ['channels', id, 'log', '1', 'revack_pending']) === true;
  if (!isPending) noteSigned(passed, wallet, id);
  notePoints(passed, wallet, id);
  noteUpdate(passed, wallet, id);
}

function noteSigned(
  passed: Map<string, Passed>,
  wallet: Record<string, unknown>,
  id: string,
): void {
  const number = at(wallet, ['channels', id, 'log', '1', 'ctn']);
  const config = ['channels', id, 'local_config'];
  const commitment = at(wallet, [...config, 'current_commitment_signature']);
  const htlcs = at(wallet, [...config, 'current_htlc_signatures']);
  if (!isNumber(number) || !isHex(commitment, SIGNATURE)) return;
  passedOf(passed, id).signed.set(number, {
    commitment,
    htlcs: isHex(htlcs, SIGNATURES) ? htlcs : '',
  });
}

function notePoints(
  passed: Map<string, Passed>,
  wallet: Record<string, unknown>,
  id: string,
): void {
  const number = at(wallet, ['channels', id, 'log', '-1', 'ctn']);
  if (!isNumber(number)) return;
  const { remotePoints } = passedOf(passed, id);
  const config = ['channels', id, 'remote_config'];
  for (const [nth, which] of ['current', 'next'].entries()) {
    const point = at(wallet, [...config, `${which}_per_commitment_point`]);
    if (isHex(point, POINT)) remotePoints.set(number + nth, point);
  }
}

function noteUpdate(
  passed: Map<string, Passed>,
  wallet: Record<string, unknown>,
  id: string,
): void {
  const update = at(wallet, ['channels', id, 'remote_update']);
  if (typeof update === 'string' && update !== '') passedOf(passed, id).remoteUpdates.add(update);
}

/** BOLT 3: 48 bits, and the next one's point is kept too. */
function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 48 - 1;
}

function passedOf(passed: Map<string, Passed>, id: string): Passed {
  const known = passed.get(id);
  if (known !== undefined) return known;
  const fresh = { signed: new Map(), remotePoints: new Map(), remoteUpdates: new Set<string>() };
  passed.set(id, fresh);
  return fresh;
}

/** A value deep inside; undefined where something on the way is missing. */
export function at(value: unknown, path: readonly string[]): unknown {
  let inner: unknown = value;
  for (const step of path) {
    if (!isRecord(inner) || !Object.hasOwn(inner, step)) return undefined;
    inner = inner[step];
  }
  return inner;
}
