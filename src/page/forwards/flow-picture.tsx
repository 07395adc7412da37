/** From where to where payments were forwarded: bands as wide as the amounts that went that way. */
import { useMemo } from 'preact/hooks';
import type { Flow } from '../api/json.ts';
import { msatAsSat } from '../format.ts';
import { type Band, type End, OTHERS, sankeyOf } from './sankey.ts';

interface FlowPictureProps {
  readonly flows: readonly Flow[];
  readonly nameOf: (nodeId: string, id: string) => string;
  /** Who forwarded, where the ledger has several nodes. */
  readonly nodeNameOf: ((nodeId: string) => string) | undefined;
}

const WIDTH = 100;
const BAR = 1.2;

/** An end belongs to the node that forwarded: two recorded nodes may have the same peer. */
const keyOf = (nodeId: string, id: string) => `${nodeId}.${id}`;

export function FlowPicture({ flows, nameOf, nodeNameOf }: FlowPictureProps) {
  const { left, right, bands, height } = useMemo(
    () =>
      sankeyOf(
        flows.map((flow) => ({
          from: keyOf(flow.nodeId, flow.incoming),
          to: keyOf(flow.nodeId, flow.outgoing),
          msat: BigInt(flow.amountOutMsat),
        })),
      ),
    [flows],
  );
  const cameIn = useMemo(() => cameInOver(flows, left), [flows, left]);
  const named = (key: string) => {
    const [nodeId = '', id = ''] = key.split('.');
    if (key === OTHERS) return 'all others';
    const ofNode = nodeNameOf === undefined ? '' : `, of ${nodeNameOf(nodeId)}`;
    return `${nameOf(nodeId, id)}${ofNode}`;
  };
  if (bands.length === 0) return <p class="soft">Nothing was forwarded whose amount is known.</p>;
  const wayText = ({ from, to, msat }: Band) =>
    `${named(from)} → ${named(to)}: ${msatAsSat(msat.toString())} sat`;
  return (
    <figure class="flow-picture" style={{ height: `${height}px` }}>
      <Ends ends={cameIn} named={named} side="in" />
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Forwarded, to scale. ${bands.map(wayText).join('; ')}`}
      >
        {bands.map((band) => (
          <path key={`${band.from} ${band.to}`} d={pathOf(band)}>
            <title>{wayText(band)}</title>
          </path>
        ))}
        {left.map(({ id, top, height: high }) => (
          <rect key={id} class="in" x={0} y={top} width={BAR} height={high} />
        ))}
        {right.map(({ id, top, height: high }) => (
          <rect key={id} class="out" x={WIDTH - BAR} y={top} width={BAR} height={high} />
        ))}
      </svg>
      <Ends ends={right} named={named} side="out" />
    </figure>
  );
}

/** What came in is more than what went on, by the fees: the bands show what went on. */
function cameInOver(flows: readonly Flow[], ends: readonly End[]): readonly End[] {
  const named = new Set(ends.map(({ id }) => id));
  const sums = new Map<string, bigint>();
  for (const { nodeId, incoming, amountInMsat } of flows) {
    const own = keyOf(nodeId, incoming);
    const id = named.has(own) ? own : OTHERS;
    sums.set(id, (sums.get(id) ?? 0n) + BigInt(amountInMsat));
  }
  return ends.map((end) => ({ ...end, msat: sums.get(end.id) ?? end.msat }));
}

function pathOf({ fromTop, toTop, height }: Band): string {
  const [x0, x1, middle] = [BAR, WIDTH - BAR, WIDTH / 2];
  const [fromEnd, toEnd] = [fromTop + height, toTop + height];
  return (
    `M${x0} ${fromTop} C${middle} ${fromTop} ${middle} ${toTop} ${x1} ${toTop} ` +
    `L${x1} ${toEnd} C${middle} ${toEnd} ${middle} ${fromEnd} ${x0} ${fromEnd} Z`
  );
}

interface EndsProps {
  readonly ends: readonly End[];
  readonly named: (key: string) => string;
  readonly side: 'in' | 'out';
}

function Ends({ ends, named, side }: EndsProps) {
  return (
    <div class={`ends ${side}`} aria-hidden="true">
      {ends.map(({ id, top, msat }) => (
        <p key={id} style={{ top: `${top}px` }}>
          <span title={named(id)}>{named(id)}</span>
          <small>{msatAsSat(msat.toString())} sat</small>
        </p>
      ))}
    </div>
  );
}
