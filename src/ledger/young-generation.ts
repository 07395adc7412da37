/**
 * V8 doubles its space for new objects whenever enough of them have outlived a collection, up to
 * 130 MB, and lets the space for old ones grow to several times what is alive before it looks there:
 * a pass over a large ledger would take all of that for speed it does not gain.
 */
import { setFlagsFromString } from 'node:v8';

/** V8's own value. */
const USUAL_GROWTH = 2;
/** Of what was alive at the last collection of old objects, until the next. V8's own choice is 0. */
const LITTLE_GROWTH_PERCENT = 50;

/** Runs a long pass without letting the space for new objects grow on its account. */
export async function withoutYoungGrowth<T>(pass: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    return await pass();
  } finally {
    setFlagsFromString(`--semi-space-growth-factor=${USUAL_GROWTH}`);
  }
}

/**
 * The same, and garbage among old objects is looked for sooner: for an import, whose records live just
 * long enough to become old. No limit is set, so that what is alive may be as much as it needs to be.
 */
export async function withLittleGarbage<T>(pass: () => Promise<T>): Promise<T> {
  setFlagsFromString(`--heap-growing-percent=${LITTLE_GROWTH_PERCENT}`);
  try {
    return await withoutYoungGrowth(pass);
  } finally {
    setFlagsFromString('--heap-growing-percent=0');
  }
}
