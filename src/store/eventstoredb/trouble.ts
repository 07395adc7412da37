/** What can go wrong between here and a cluster, told apart by what helps: waiting, or a person. */
import { StoreError } from '../event-store.ts';

export class ClusterTrouble extends StoreError {
  /** True where trying again may help. For an append it leaves open whether it was done. */
  readonly isPassing: boolean;

  constructor(message: string, isPassing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isPassing = isPassing;
  }
}

/** What the client calls an error of its own, and what it means for who runs the ledger. */
const LASTING: Readonly<Record<string, string>> = {
  'access-denied': 'the cluster refuses access: check user and password, and the stream’s rights',
  'stream-deleted': 'the cluster says that the stream was deleted for ever (a tombstone)',
  'stream-not-found': 'the stream is not there',
  'maximum-append-size-exceeded': 'the cluster takes no append of that size',
  'invalid-argument': 'the cluster did not understand the request',
  unsupported: 'the cluster’s version does not do that',
};
/** gRPC's own numbers of what no waiting changes. */
const LASTING_CODES = new Map([
  [3, 'the cluster did not understand the request'],
  [7, 'the cluster refuses access: check user and password'],
  [12, 'the server does not offer what is asked of it'],
  [16, 'the cluster refuses access: check user and password'],
]);

const NO_TYPE = 'google.protobuf.Empty';

/** An append that the server answered with an error of its own: by the name of the error's message. */
export function refusalOf(type: string, message: string): ClusterTrouble {
  const name = type.replace(/^event_store\.client\./, '');
  const lasting: Readonly<Record<string, string | undefined>> = {
    AccessDenied: LASTING['access-denied'],
    StreamDeleted: LASTING['stream-deleted'],
    MaximumAppendSizeExceeded: LASTING['maximum-append-size-exceeded'],
  };
  // A server that starts, is busy or is not the leader handles nothing, and says so without a type.
  if (type === NO_TYPE) return new ClusterTrouble(message, true);
  if (name === 'Timeout' || name === 'Unknown') {
    return new ClusterTrouble(`the cluster did not finish it (${name}) ${message}`.trimEnd(), true);
  }
  return new ClusterTrouble(lasting[name] ?? `the cluster refuses it: ${message}`, false);
}

/** The server ended a reading, in all form, before it had given what is there. */
export function endedEarly(): ClusterTrouble {
  return new ClusterTrouble('the server ended the reading too early', true);
}

/** Everything not known to last is tried again: the client has many names for a cut connection. */
export function troubleOf(cause: unknown): ClusterTrouble {
  if (cause instanceof ClusterTrouble) return cause;
  const { type, code, message } = fieldsOf(cause);
  const lasting = LASTING[type] ?? LASTING_CODES.get(code);
  if (lasting !== undefined) return new ClusterTrouble(lasting, false, { cause });
  const [first = ''] = message.split('\n');
  // What the client prints of an answer whose kind it does not know: the server refused, and said why.
  const refusal = /^Could not recognize (.+)$/.exec(first)?.[1];
  if (refusal !== undefined) {
    return new ClusterTrouble(`the cluster refuses it: ${refusal}`, false, { cause });
  }
  const words = first === '' ? type || 'the connection failed' : plainly(first);
  return new ClusterTrouble(words, true, { cause });
}

/** gRPC's own sentence has its code before it and repeats the reason behind it. */
function plainly(message: string): string {
  const refused = /Last error: (?:Error: )?(.+?)\. Resolution note/.exec(message)?.[1];
  if (refused !== undefined) return `the cluster cannot be reached (${refused})`;
  return message.replace(/^[0-9]+ [A-Z_]+: /, '');
}

function fieldsOf(cause: unknown): { type: string; code: number; message: string } {
  if (!(cause instanceof Error)) return { type: '', code: 0, message: String(cause) };
  const type = 'type' in cause && typeof cause.type === 'string' ? cause.type : '';
  const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : 0;
  return { type, code, message: cause.message };
}
