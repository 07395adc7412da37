/** Where a cluster is and which of its ledgers is meant: `esdb://user:password@host:2113?ledger=main`. */
import { StoreError } from '../event-store.ts';

export interface ClusterAddress {
  /** What the client is given: the address without what only this adapter understands. */
  readonly connection: string;
  /** For messages: without user and password. */
  readonly shown: string;
  /** `host:port` of every node named. */
  readonly hosts: readonly string[];
  readonly ledger: string | undefined;
}

/** The client only warns of what it does not know; a mistyped `tls` must not be passed over. */
const OPTIONS: readonly string[] = [
  'ledger',
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
  'nodePreference',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'connectionName',
  'defaultDeadline',
  'keepAliveInterval',
  'keepAliveTimeout',
];
const ADDRESS = /^(esdb(?:\+discover)?):\/\/(?:([^@/?]*)@)?([^/?@]+)\/?(?:\?(.*))?$/s;
const HOST = /^([a-z0-9._-]+)(?::([0-9]{1,5}))?$/i;
const LEDGER = /^[a-z0-9]+$/;
const DEFAULT_PORT = '2113';
/** Below this the client writes a warning to the terminal. */
const LEAST_KEEP_ALIVE_MS = 10_000;

export function isClusterAddress(text: string): boolean {
  return /^esdb(\+discover)?:\/\//.test(text);
}

/** Throws a StoreError with a sentence that never repeats the password. */
export function parseClusterAddress(text: string): ClusterAddress {
  const match = ADDRESS.exec(text.trim());
  const [, protocol, credentials, hostList, query] = match ?? [];
  if (protocol === undefined || hostList === undefined) {
    throw new StoreError(
      'an address of a cluster is written esdb://HOST:PORT?tls=false&ledger=NAME',
    );
  }
  const hosts = hostList.split(',').map(hostOf);
  const options = optionsOf(query ?? '');
  assertCredentials(credentials, options.get('tls'));
  const ledger = options.get('ledger');
  if (ledger !== undefined && !LEDGER.test(ledger)) {
    throw new StoreError(`"${ledger}" is no name of a ledger: use a to z and 0 to 9 only`);
  }
  options.delete('ledger');
  const login = credentials === undefined ? '' : `${credentials}@`;
  const tail = [...options].map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  return {
    connection: `${protocol}://${login}${hosts.join(',')}${tail === '' ? '' : `?${tail}`}`,
    shown: `${protocol}://${hosts.join(',')}${ledger === undefined ? '' : `?ledger=${ledger}`}`,
    hosts,
    ledger,
  };
}

function hostOf(text: string): string {
  const [, host, port = DEFAULT_PORT] = HOST.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new StoreError(`"${text}" is no host of a cluster: write HOST or HOST:PORT`);
  }
  return `${host}:${port}`;
}

function optionsOf(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const at = pair.indexOf('=');
    const key = OPTIONS.find((name) => name.toLowerCase() === pair.slice(0, at).toLowerCase());
    if (at < 1 || key === undefined) {
      const name = at < 1 ? pair : pair.slice(0, at);
      throw new StoreError(
        `a cluster's address has no option "${name}": it takes ${OPTIONS.join(', ')}`,
      );
    }
    if (options.has(key)) throw new StoreError(`the cluster's address has the option ${key} twice`);
    options.set(key, decoded(pair.slice(at + 1)));
  }
  assertOptions(options);
  return options;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new StoreError('the cluster\'s address has a "%" that begins no escape: write it %25');
  }
}

function assertOptions(options: ReadonlyMap<string, string>): void {
  for (const [key, value] of options) {
    if (value === '') throw new StoreError(`the option ${key} of the cluster's address is empty`);
    const isNumber = /(Interval|Timeout|Attempts|Deadline)$/.test(key);
    if (isNumber && !/^[1-9][0-9]{0,8}$/.test(value)) {
      throw new StoreError(`the option ${key} of the cluster's address takes a whole number`);
    }
  }
  const tls = options.get('tls');
  if (tls !== undefined && tls !== 'true' && tls !== 'false') {
    throw new StoreError('the option tls of the cluster\'s address is "true" or "false"');
  }
  if (Number(options.get('keepAliveInterval') ?? LEAST_KEEP_ALIVE_MS) < LEAST_KEEP_ALIVE_MS) {
    throw new StoreError(`keepAliveInterval is at least ${LEAST_KEEP_ALIVE_MS} (milliseconds)`);
  }
}

/** Without TLS the client leaves them out in silence, and the user would believe in a login. */
function assertCredentials(credentials: string | undefined, tls: string | undefined): void {
  if (credentials === undefined) return;
  if (!/^[^:]+:.+$/s.test(credentials)) {
    throw new StoreError('user and password of a cluster are written esdb://USER:PASSWORD@HOST');
  }
  if (tls !== 'false') return;
  throw new StoreError(
    'with tls=false user and password are not sent at all: leave out one of the two',
  );
}
