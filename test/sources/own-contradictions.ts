import { sumRules } from '../../src/ledger/answers/stated-sums.ts';

/**
 * What a source may say wrongly of itself: told as it is, and found by `verify`. Every other rule holds of a
 * ledger whatever was imported.
 */
const OWN: readonly string[] = [
  ...sumRules,
  'secret-matches-point',
  'secret-in-shachain',
  'preimage-matches-hash',
];

export function isNotItsOwn({ rule }: { readonly rule: string }): boolean {
  return !OWN.includes(rule);
}
