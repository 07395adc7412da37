/** The binding's `Result_…` objects: a value, or an error that becomes a sentence. */
import { bytesToHex } from '../../lightning/bytes.ts';

interface LdkResult {
  is_ok(): boolean;
}

/** The binding's class of a result's success; its constructor is protected, its prototype is not. */
interface OkClass<Value> {
  readonly prototype: { readonly res: Value };
}

/** The value inside, or an error that names what LDK refused. */
export function resultOf<Value>(result: LdkResult, ok: OkClass<Value>, what: string): Value {
  if (isInstance(result, ok)) return result.res;
  throw new Error(`LDK refused ${what}: ${errorText(result)}`);
}

function isInstance<Value>(result: object, ok: OkClass<Value>): result is { readonly res: Value } {
  return Object.prototype.isPrototypeOf.call(ok.prototype, result);
}

/** For results whose success carries nothing. */
export function mustBeOk(result: LdkResult, what: string): void {
  if (!result.is_ok()) throw new Error(`LDK refused ${what}: ${errorText(result)}`);
}

function errorText(result: object): string {
  const error: unknown = Reflect.get(result, 'err');
  if (typeof error === 'number' || typeof error === 'string') return `${error}`;
  if (typeof error !== 'object' || error === null) return 'no reason given';
  const detail: unknown = Reflect.get(error, 'err');
  const name = error.constructor.name;
  if (detail instanceof Uint8Array) return `${name} ${bytesToHex(detail)}`;
  return typeof detail === 'string' ? `${name}: ${detail}` : name;
}
