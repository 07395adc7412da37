/** Several accounts of what happened, each in order already, as one. */

/** By time; of the same time, in the order of the accounts. */
export function* mergedInTime<Placed extends { readonly at: string }>(
  inputs: readonly Iterator<Placed>[],
): Generator<Placed> {
  const heads = inputs.map((input) => ({ input, next: input.next() }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      const isEarlier =
        first === undefined || first.next.done || head.next.value.at < first.next.value.at;
      if (isEarlier) first = head;
    }
    if (first === undefined || first.next.done) return;
    const step = first.next.value;
    first.next = first.input.next();
    yield step;
  }
}
