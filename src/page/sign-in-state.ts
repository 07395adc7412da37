/** Whether the server wants a token before it answers. */
import { signal } from '@preact/signals';

export const needsToken = signal(false);
