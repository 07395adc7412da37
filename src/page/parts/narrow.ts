/** How wide the page is where rows are built otherwise, and as high as that needs. */
import { type Signal, signal } from '@preact/signals';

/** The same widths as in the style sheets. */
function matching(query: string): Signal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener('change', (event) => {
    matches.value = event.matches;
  });
  return matches;
}

/** As narrow as a phone. */
export const isNarrow = matching('(max-width: 760px)');
/** Narrower than the lists with all their columns; a phone is that too. */
export const isMedium = matching('(max-width: 1220px)');
/** Narrower than the whole picture of where the satoshis went. */
export const isTight = matching('(max-width: 1190px)');
