/** The numbers beside marks that stand at one place, as text over the plot: each says which they are. */
import uPlot from 'uplot';
import type { Connection, Mark } from './life.ts';
import type { LifeAxis } from './life-axis.ts';
import { groupsOf, groupText, type MarkGroup, type PlacedMark } from './mark-groups.ts';

interface Marked {
  readonly marks: readonly Mark[];
  readonly connections: readonly Connection[];
  readonly axis: LifeAxis;
}

export interface PlacedKind extends PlacedMark {
  readonly kind: Mark['kind'];
}

export interface MarkPlaces {
  readonly above: readonly MarkGroup<PlacedKind>[];
  /** Along the floor: while the peer was away. */
  readonly floor: readonly MarkGroup[];
}

/** As they lie in the plot that is there now. */
export function placesOf(plot: uPlot, { marks, connections, axis }: Marked): MarkPlaces {
  const width = plot.bbox.width / uPlot.pxRatio;
  const x = (time: string) => Math.round(plot.valToPos(axis.xOf(time), 'x'));
  const isSeen = (one: PlacedMark) => one.x >= 0 && one.x <= width;
  const away = connections.filter(({ isConnected }) => !isConnected);
  return {
    above: groupsOf(
      marks.map(({ at, kind, label }) => ({ x: x(at), at, kind, label })).filter(isSeen),
    ),
    floor: groupsOf(
      away.map(({ at }) => ({ x: x(at), at, label: 'peer disconnected' })).filter(isSeen),
    ),
  };
}

/** The texts of the places where several stand, in order. */
export function countTexts({ above, floor }: MarkPlaces): readonly string[] {
  return [
    ...above.filter(isSeveral).map((group) => groupText(group, 'mark')),
    ...floor.filter(isSeveral).map((group) => groupText(group, 'disconnection')),
  ];
}

const isSeveral = ({ marks }: MarkGroup) => marks.length > 1;

/** Into `place`, which lies over the plot. */
export function writeCounts(place: HTMLElement, { above, floor }: MarkPlaces): void {
  const written = (group: MarkGroup, noun: string, where: 'above' | 'floor') => {
    const element = document.createElement('span');
    element.className = 'mark-count';
    element.dataset.place = where;
    element.textContent = String(group.marks.length);
    element.title = groupText(group, noun);
    element.style.left = `${group.x + 6}px`;
    return element;
  };
  place.replaceChildren(
    ...above.filter(isSeveral).map((group) => written(group, 'mark', 'above')),
    ...floor.filter(isSeveral).map((group) => written(group, 'disconnection', 'floor')),
  );
}
