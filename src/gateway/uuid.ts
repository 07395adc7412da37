/** UUIDs of the protocol: text, or two halves as signed numbers. */

interface UuidMessage {
  hasString(): boolean;
  getString(): string;
  getStructured():
    | { getMostSignificantBits(): string; getLeastSignificantBits(): string }
    | undefined;
}

/** In the usual text form, lower case; undefined where there is none. */
export function uuidOf(message: UuidMessage | undefined): string | undefined {
  if (message === undefined) return undefined;
  if (message.hasString()) return message.getString().toLowerCase();
  const halves = message.getStructured();
  if (halves === undefined) return undefined;
  const hex = half(halves.getMostSignificantBits()) + half(halves.getLeastSignificantBits());
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function half(int64: string): string {
  return BigInt.asUintN(64, BigInt(int64)).toString(16).padStart(16, '0');
}
