/** What live sources share that read a file again whenever it was written to. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { instance, is, match } from 'uvu/assert';
import { stampOf } from '../../src/sources/following.ts';
import { ImportError } from '../../src/sources/importer.ts';
import { fileOf } from './importing.ts';

const files = suite('a file that is followed');

files('has another stamp after every change, and none while it is not there', async () => {
  const path = fileOf('followed', 'one');
  const first = await stampOf(path);
  is(await stampOf(path), first);
  writeFileSync(path, 'one and two');
  is.not(await stampOf(path), first);
  rmSync(path);
  is(await stampOf(path), undefined);
});

files('that cannot be looked at is not taken for one that is not there', async () => {
  const path = join(fileOf('no-folder', 'a file'), 'wallet');
  const error = await stampOf(path).catch((cause: unknown) => cause);
  instance(error, ImportError);
  match(String(error), `${path} cannot be looked at any more (ENOTDIR): check who may read it`);
});

files.run();
