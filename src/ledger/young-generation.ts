/**
 * V8 doubles its space for new objects whenever enough of them have outlived a collection, up to
 * 130 MB: a pass over a large ledger would take all of that for speed it does not gain.
 */
import { setFlagsFromString } from 'node:v8';

/** V8's own value. */
const USUAL_GROWTH = 2;

/** Runs a long pass without letting the space for new objects grow on its account. */
export async function withoutYoungGrowth<T>(pass: () => Promise<T>): Promise<T> {
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    return await pass();
  } finally {
    setFlagsFromString(`--semi-space-growth-factor=${USUAL_GROWTH}`);
  }
}
