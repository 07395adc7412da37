/** Forwards: between which channels or peers they flowed, when, and what they earned. */
import { useMemo, useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Flow } from '../api/json.ts';
import { atLeast, count, msatAsSat } from '../format.ts';
import type { Told } from '../live/live.ts';
import { isLive, seen } from '../moment.ts';
import { Figure } from '../parts/figure.tsx';
import { type LedgerNames, useLedgerNames } from '../parts/ledger-names.ts';
import { Message, ShowAnswer } from '../parts/message.tsx';
import { useTitle } from '../parts/title.ts';
import { FlowPicture } from './flow-picture.tsx';
import { ForwardList } from './forward-list.tsx';
import { PeriodBars } from './period-bars.tsx';
import { flowSums, periodsOf, spanOf } from './periods.ts';
import { type Grouping, SumsTable } from './sums-table.tsx';

const EVERY_MS = 2000;

export const isForward = (told: readonly Told[]) =>
  told.some(({ type }) => type === 'PaymentForwarded' || type === 'ForwardFailed');

type Way = 'channel' | 'peer';

const useFlows = (between: Way) =>
  useAnswer<readonly Flow[]>(pathOf('/flows', { ...seen.value, between }), {
    isTouchedBy: isForward,
    everyMs: EVERY_MS,
  });

export function ForwardsPage() {
  useTitle('Forwards');
  const flows = useFlows('channel');
  const names = useLedgerNames();
  return (
    <>
      <h1 class="unseen">Forwards</h1>
      <ShowAnswer of={flows} what="the forwards">
        {(all) =>
          all.length === 0 ? (
            <Message title="No forward">
              The record tells of no payment that was forwarded
              {isLive.value ? '' : ' by then'}. A list that was not imported tells of none.
            </Message>
          ) : (
            <Forwards all={all} names={names} />
          )
        }
      </ShowAnswer>
    </>
  );
}

interface ForwardsProps {
  readonly all: readonly Flow[];
  readonly names: LedgerNames;
}

function Forwards({ all, names }: ForwardsProps) {
  const [way, setWay] = useState<Way>('channel');
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [by, setBy] = useState<Grouping>('channel');
  const periods = useMemo(() => periodsOf(all), [all]);
  const period = periods.find(({ name }) => name === chosen);
  const flows = period?.flows ?? all;
  const sums = useMemo(() => flowSums(flows), [flows]);
  const listed = period?.name ?? periods.at(-1)?.name ?? '';
  return (
    <>
      <section class="totals" aria-label="Totals">
        <dl>
          <Figure
            label="earned"
            value={atLeast(msatAsSat(sums.feeMsat.toString()), sums.isFeeAtLeast)}
            unit="sat"
          />
          <Figure
            label="forwarded"
            value={atLeast(msatAsSat(sums.amountOutMsat.toString()), sums.isAmountOutAtLeast)}
            unit="sat"
          />
          <Figure label="forwards" value={count(sums.forwardedCount)} />
          <Figure label="failed" value={count(sums.failedCount)} />
        </dl>
      </section>
      {periods.length > 1 && (
        <>
          <PeriodBars periods={periods} chosen={period?.name} onChoose={setChosen} />
          <p class="soft period-ends">
            <span>
              Earned from {periods[0]?.name} to {periods.at(-1)?.name}
            </span>
            <span role="status">
              {period === undefined ? 'all of it is shown' : `only ${period.name} is shown`}
            </span>
          </p>
        </>
      )}
      <section class="panel">
        <div class="title-line">
          <h2>Where it came in, and where it went out</h2>
          <Choice label="Between" value={way} of={['channel', 'peer']} onChoose={setWay} />
        </div>
        {way === 'channel' ? (
          <NamedFlows flows={flows} names={names} nameOf={names.channelWithPeer} />
        ) : (
          <PeerFlows period={period?.name} names={names} />
        )}
      </section>
      <section class="panel">
        <div class="title-line">
          <h2>Sums</h2>
          <Choice label="By" value={by} of={['day', 'channel', 'peer']} onChoose={setBy} />
        </div>
        <SumsTable
          key={`${by} ${period?.name}`}
          by={by}
          span={period === undefined ? {} : spanOf(period.name)}
          names={names}
          everyMs={EVERY_MS}
        />
      </section>
      <section class="panel">
        <h2>Forwards of {listed}</h2>
        <ForwardList key={listed} span={spanOf(listed)} names={names} everyMs={EVERY_MS} />
      </section>
    </>
  );
}

interface PeerFlowsProps {
  readonly period: string | undefined;
  readonly names: LedgerNames;
}

/** Asked for when they are wanted; the sums above are the same. */
function PeerFlows({ period, names }: PeerFlowsProps) {
  const flows = useFlows('peer');
  return (
    <ShowAnswer of={flows} what="the forwards between peers">
      {(all) => (
        <NamedFlows
          flows={periodsOf(all).find(({ name }) => name === period)?.flows ?? all}
          names={names}
          nameOf={(_, id) => names.node(id)}
        />
      )}
    </ShowAnswer>
  );
}

interface NamedFlowsProps {
  readonly flows: readonly Flow[];
  readonly names: LedgerNames;
  readonly nameOf: (nodeId: string, id: string) => string;
}

function NamedFlows({ flows, names, nameOf }: NamedFlowsProps) {
  return (
    <FlowPicture
      flows={flows}
      nodeNameOf={names.hasSeveralNodes ? names.node : undefined}
      nameOf={(nodeId, id) => (id === 'unknown' ? id : nameOf(nodeId, id))}
    />
  );
}

interface ChoiceProps<Word extends string> {
  readonly label: string;
  readonly value: Word;
  readonly of: readonly Word[];
  readonly onChoose: (word: Word) => void;
}

function Choice<Word extends string>({ label, value, of, onChoose }: ChoiceProps<Word>) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const word = of.find((one) => one === event.currentTarget.value);
          if (word !== undefined) onChoose(word);
        }}
      >
        {of.map((word) => (
          <option key={word} value={word}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}
