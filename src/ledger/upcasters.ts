/**
 * Old stored forms lifted to the present one, version by version (DESIGN §6). Golden files of every
 * version ever written are in test/golden and must keep decoding.
 */
import { StoreError } from '../store/event-store.ts';

type Upcaster = (data: unknown) => unknown;
export type Upcasters = Readonly<Record<string, Upcaster | undefined>>;

/** `Type/n` lifts version n to n+1. Empty until a stored form changes. */
const upcasters: Upcasters = {};

/**
 * The data as version `toSchema` has it. Throws a StoreError where a step is missing: half lifted it
 * would be taken for another fact, or refused for a field that nobody ever wrote wrongly.
 */
export function upcast(
  type: string,
  { from, to }: { readonly from: number; readonly to: number },
  data: unknown,
  known: Upcasters = upcasters,
): unknown {
  let lifted = data;
  for (let schema = from; schema < to; schema++) {
    const step = known[`${type}/${schema}`];
    if (step === undefined) throw new StoreError(noStep(type, schema, from));
    lifted = step(lifted);
  }
  return lifted;
}

function noStep(type: string, schema: number, stored: number): string {
  return (
    `${type} was stored in form ${stored}, and this channel-ledger cannot lift form ${schema} to ` +
    `${schema + 1}: use the version that wrote it, and report this`
  );
}

/** The steps, as `Type/n`, without which some version of these types could not be read any more. */
export function missingSteps(
  definitions: Readonly<Record<string, { readonly schema: number }>>,
  known: Upcasters = upcasters,
): readonly string[] {
  return Object.entries(definitions).flatMap(([type, { schema }]) => {
    const steps = Array.from({ length: schema - 1 }, (_, nth) => `${type}/${nth + 1}`);
    return steps.filter((step) => known[step] === undefined);
  });
}
