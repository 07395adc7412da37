/**
 * The one place that loads the LDK binding. It is large and an optional peer of the published package, so
 * it is imported when asked for, and everything else takes the loaded binding as an argument.
 */
import { readFile } from 'node:fs/promises';
import type { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';

export type Ldk = typeof import('lightningdevkit');

/** What the binding leaves to JavaScript's garbage collector, done by hand where it matters. */
export interface LdkMemory {
  /** The binding hands out wrappers around nothing where Rust says `None`. */
  isNull(object: CommonBase): boolean;
  /**
   * Frees a wrapper's Rust object now. Finalizers run late (they know nothing of the WASM heap), and
   * every Persist callback brings a whole cloned ChannelMonitor.
   */
  free(object: CommonBase): void;
  /**
   * Some methods add each argument to their object's list of references and never take it out. Keeps
   * the first `length` of them, those of the object's construction.
   */
  trimReferences(object: CommonBase, length: number): void;
  referenceCount(object: CommonBase): number;
}

export interface LdkBinding {
  readonly ldk: Ldk;
  readonly memory: LdkMemory;
}

const MISSING =
  'The LDK source needs the package lightningdevkit, which is not installed: run "npm install lightningdevkit@0.1.0".';

let loading: Promise<LdkBinding> | undefined;

/** Loads the binding once per process (about 0.4 s). */
export function loadLdk(): Promise<LdkBinding> {
  loading ??= load();
  return loading;
}

async function load(): Promise<LdkBinding> {
  const ldk = await importOrExplain();
  const [base, bindings] = await Promise.all([
    import('lightningdevkit/structs/CommonBase.mjs'),
    import('lightningdevkit/bindings.mjs'),
  ]);
  await withoutBanner(async () =>
    ldk.initializeWasmFromBinary(
      await readFile(new URL(import.meta.resolve('lightningdevkit/liblightningjs.wasm'))),
    ),
  );
  return { ldk, memory: memoryOf(base.CommonBase, bindings) };
}

async function importOrExplain(): Promise<Ldk> {
  try {
    return await import('lightningdevkit');
  } catch (cause) {
    throw new Error(MISSING, { cause });
  }
}

/** The binding greets on stdout, which belongs to our own output. */
async function withoutBanner(initialize: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => undefined;
  try {
    await initialize();
  } finally {
    console.log = log;
  }
}

function memoryOf(Base: typeof CommonBase, bindings: object): LdkMemory {
  /** A subclass is the only place from which the binding's types allow these two calls. */
  class Handle extends Base {
    static pointer(object: CommonBase): bigint {
      return Base.get_ptr_of(object);
    }
    static disown(object: CommonBase): void {
      Base.set_null_skip_free(object);
    }
  }
  return {
    isNull: (object) => Handle.pointer(object) === 0n,
    free(object) {
      const pointer = Handle.pointer(object);
      if (pointer === 0n) return;
      const release = freeFunction(bindings, object);
      Handle.disown(object);
      release(pointer);
    },
    trimReferences(object, length) {
      const references = referencesOf(object);
      if (references.length > length) references.length = length;
    },
    referenceCount: (object) => referencesOf(object).length,
  };
}

/** `Event_PaymentSent` is freed by `Event_free`; these functions are not in the binding's types. */
function freeFunction(bindings: object, object: CommonBase): (pointer: bigint) => void {
  const name = `${object.constructor.name.split('_')[0]}_free`;
  const release: unknown = Reflect.get(bindings, name);
  if (typeof release !== 'function') throw new Error(`lightningdevkit has no ${name}`);
  return (pointer) => Reflect.apply(release, undefined, [pointer]);
}

function referencesOf(object: CommonBase): unknown[] {
  const references: unknown = Reflect.get(object, 'ptrs_to');
  if (!Array.isArray(references)) throw new Error('lightningdevkit changed: no list of references');
  return references;
}
