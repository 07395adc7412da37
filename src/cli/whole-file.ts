/** Files that a command writes: whole, or not at all. */
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from './errors.ts';

/** Readable by its owner alone. */
const MODE = 0o600;

/**
 * Unasked, never over a file that is there. One that cannot be written to its end is not left behind, and
 * leaves one that was to be replaced as it was. Throws a UsageError, or what the system says.
 */
export function writeWhole(path: string, text: string, overwrite: boolean): void {
  try {
    if (!overwrite) writeOrRemove(path, text);
    else if (mayBeReplaced(path)) replace(path, text);
    // A terminal or a pipe by its name, or a link: what stands there is written to, and stays what it is.
    else writeFileSync(path, text);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EEXIST') {
      throw new UsageError(
        `${path} is there already: name another file, or --overwrite replaces it`,
      );
    }
    if (code === 'ENOENT') {
      throw new UsageError(
        `there is no folder ${dirname(path)} to write ${path} in: make it first`,
      );
    }
    throw cause;
  }
}

/** Only what was made here is removed: where it could not be made, it is somebody else's. */
function writeOrRemove(path: string, text: string): void {
  writeFileSync(path, '', { flag: 'wx', mode: MODE });
  try {
    writeFileSync(path, text);
  } catch (cause) {
    rmSync(path, { force: true });
    throw cause;
  }
}

function mayBeReplaced(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

function replace(path: string, text: string): void {
  const beside = `${path}.${process.pid}.part`;
  writeOrRemove(beside, text);
  renameSync(beside, path);
}
