/** By what a list is sorted. Pure. */
export interface Order<By extends string> {
  readonly by: By;
  readonly isDescending: boolean;
}

/** A way to sort, as it is chosen and as its column is headed. */
export interface Sorting<By extends string> {
  readonly id: By;
  readonly title: string;
  /** Names begin with A, amounts and times with the greatest. */
  readonly isName?: boolean;
}

export function startingOrder<By extends string>({ id, isName = false }: Sorting<By>): Order<By> {
  return { by: id, isDescending: !isName };
}

/** What a click on a column's head makes of the order. */
export function orderByHead<By extends string>(order: Order<By>, sorting: Sorting<By>): Order<By> {
  if (order.by !== sorting.id) return startingOrder(sorting);
  return { by: order.by, isDescending: !order.isDescending };
}
