/** Of channels that were met later: what a list as of a time says of them, in the command's words. */
import type { ChannelView } from './view-types.ts';

/** A sentence for each of the two kinds; `counted` spells how many there are of a noun. */
export function untoldSentences(
  rows: readonly Pick<ChannelView, 'isUntoldThen' | 'status'>[],
  counted: (number: number, noun: string) => string,
): readonly string[] {
  const untold = rows.filter(({ isUntoldThen }) => isUntoldThen);
  const sure = untold.filter(({ status }) => status === 'open').length;
  const unsure = untold.length - sure;
  const sentences: string[] = [];
  if (sure > 0) {
    const were = sure === 1 ? 'was open: it was' : 'were open: they were';
    sentences.push(`${counted(sure, 'channel')} ${were} met later, and no balance of then is told`);
  }
  if (unsure > 0) {
    const what = unsure === 1 ? 'it was opened or closed' : 'they were opened or closed';
    const channels = counted(unsure, 'channel');
    sentences.push(`${channels} may have been open (unknown): when ${what} is not told exactly`);
  }
  return sentences;
}
