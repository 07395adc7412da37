/**
 * Old stored forms lifted to the present one, version by version (DESIGN §6). Golden files of every
 * version ever written are in test/golden and must keep decoding.
 */

type Upcaster = (data: unknown) => unknown;

/** `Type/n` lifts version n to n+1. Empty until a stored form changes. */
const upcasters: Readonly<Record<string, Upcaster>> = {};

export function upcast(
  type: string,
  fromSchema: number,
  data: unknown,
  known: Readonly<Record<string, Upcaster>> = upcasters,
): unknown {
  let lifted = data;
  for (let schema = fromSchema; known[`${type}/${schema}`] !== undefined; schema++) {
    lifted = known[`${type}/${schema}`]?.(lifted);
  }
  return lifted;
}
