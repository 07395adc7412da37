/** The live sources there are. One that is added here is a subcommand of `record`. */
import type { LiveSourceEntry } from '../sources/live-source.ts';

export const liveSources: readonly LiveSourceEntry[] = [];
