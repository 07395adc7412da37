/**
 * Made at the first use and kept: a process that begins checks little of all it has schemas for, and
 * compiling one takes about a millisecond.
 */
export function whenAsked<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
