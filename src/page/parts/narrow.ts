/** Whether the page is as narrow as a phone: rows are built otherwise there, and as high as that needs. */
import { signal } from '@preact/signals';

/** The same width as in the style sheets. */
const query = matchMedia('(max-width: 760px)');

export const isNarrow = signal(query.matches);
query.addEventListener('change', ({ matches }) => {
  isNarrow.value = matches;
});
