/** All cases, by the file that holds what a real server answered. */
import { groupCases } from './group-cases.ts';
import type { Exchange, RawServer } from './raw-server.ts';
import { accessCases, serverCases } from './server-cases.ts';
import { appendCases, batchCases, type Case, deleteCases, readCases } from './stream-cases.ts';

export interface SuiteOfCases {
  /** Without `.json`. */
  readonly file: string;
  readonly parts: readonly { readonly cases: readonly Case[]; prepare(server: RawServer): void }[];
}

const asItIs = () => undefined;

export const openSuites: readonly SuiteOfCases[] = [
  { file: 'appending', parts: [{ cases: [...appendCases, ...batchCases], prepare: asItIs }] },
  { file: 'reading', parts: [{ cases: readCases, prepare: asItIs }] },
  { file: 'deleting', parts: [{ cases: deleteCases, prepare: asItIs }] },
  { file: 'groups', parts: [{ cases: groupCases, prepare: asItIs }] },
  { file: 'server', parts: [{ cases: serverCases, prepare: asItIs }] },
];

/** Of a server with TLS and passwords. */
export const securedSuites: readonly SuiteOfCases[] = [{ file: 'access', parts: accessCases }];

/** By the case's name. */
export async function answersOf(
  { parts }: SuiteOfCases,
  open: () => RawServer,
): Promise<Record<string, Exchange>> {
  const answers: Record<string, Exchange> = {};
  for (const { cases, prepare } of parts) {
    const server = open();
    try {
      prepare(server);
      for (const one of cases) answers[one.name] = await one.run(server);
    } finally {
      server.close();
    }
  }
  return answers;
}
