/**
 * Records what a real server answers: `node test/gateway/real/record.ts HOST:PORT FOLDER [HOST:PORT CA]`,
 * the second server one with TLS and passwords. Its streams stay there.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Exchange, RawServer } from './raw-server.ts';
import { answersOf, openSuites, type SuiteOfCases, securedSuites } from './suites.ts';

const [target, folder, securedTarget, authority] = process.argv.slice(2);
if (target === undefined || folder === undefined) {
  throw new Error('name a server and a folder');
}
mkdirSync(folder, { recursive: true });
await record(openSuites, () => new RawServer({ target }));
if (securedTarget !== undefined && authority !== undefined) {
  const secured = { target: securedTarget, authority: readFileSync(authority, 'utf8') };
  await record(securedSuites, () => new RawServer(secured));
}

async function record(suites: readonly SuiteOfCases[], open: () => RawServer): Promise<void> {
  for (const suite of suites) {
    const answers: Record<string, Exchange> = await answersOf(suite, open);
    writeFileSync(
      join(String(folder), `${suite.file}.json`),
      `${JSON.stringify(answers, null, 1)}\n`,
    );
    process.stdout.write(`${suite.file}: ${Object.keys(answers).length} answers\n`);
  }
}
