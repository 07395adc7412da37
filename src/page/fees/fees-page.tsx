/** Both sides' fee policies as they changed, each with the forwards and fees before it and after it. */
import { useMemo, useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { FeeChangeEffect } from '../api/json.ts';
import { atLeast, count, msatAsSat, outsideText, policy, time } from '../format.ts';
import { isForward } from '../forwards/forwards-page.tsx';
import { isLive, seen } from '../moment.ts';
import { Figure } from '../parts/figure.tsx';
import { type LedgerNames, useLedgerNames } from '../parts/ledger-names.ts';
import { Search } from '../parts/list-controls.tsx';
import { Message, ShowAnswer } from '../parts/message.tsx';
import { type Column, SortedTable } from '../parts/sorted-table.tsx';
import { Tick } from '../parts/tick.tsx';
import { useTitle } from '../parts/title.ts';
import { hrefOf } from '../route.ts';
import { TermView } from './term.tsx';

const EVERY_MS = 3000;

export function FeesPage() {
  useTitle('Fees');
  const effects = useAnswer<readonly FeeChangeEffect[]>(pathOf('/fees/effects', seen.value), {
    isTouchedBy: (told) =>
      isForward(told) ||
      told.some(({ type }) => type.includes('Policy') || type.includes('Gossip')),
    everyMs: EVERY_MS,
  });
  const names = useLedgerNames();
  return (
    <>
      <h1 class="unseen">Fees</h1>
      <ShowAnswer of={effects} what="the fee policies">
        {(all) =>
          all.length === 0 ? (
            <Message title="No fee policy">
              No source has told of a fee policy{isLive.value ? '' : ' by then'}.
            </Message>
          ) : (
            <Fees all={all} names={names} />
          )
        }
      </ShowAnswer>
    </>
  );
}

interface FeesProps {
  readonly all: readonly FeeChangeEffect[];
  readonly names: LedgerNames;
}

function Fees({ all, names }: FeesProps) {
  const [text, setText] = useState('');
  const [side, setSide] = useState('');
  const [isChangeOnly, setChangeOnly] = useState(false);
  const columns = useMemo(() => columnsOf(names), [names]);
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return all
      .filter((one) => side === '' || one.side === side)
      .filter((one) => !isChangeOnly || one.from !== undefined)
      .filter((one) => nameOf(one, names).toLowerCase().includes(wanted))
      .reverse();
  }, [all, text, side, isChangeOnly, names]);
  const ours = shown.filter((one) => one.side === 'local');
  const earnedMsat = ours.reduce((sum, { after }) => sum + BigInt(after.feeMsat), 0n);
  const isAtLeast = ours.some(({ after }) => after.isFeeAtLeast === true);
  return (
    <>
      <section class="totals" aria-label="Totals">
        <dl>
          <Figure label="policies told" value={count(shown.length)} />
          <Figure
            label="of them changes"
            value={count(shown.filter(({ from }) => from !== undefined).length)}
          />
          <Figure
            label="earned under our policies shown"
            value={atLeast(msatAsSat(earnedMsat.toString()), isAtLeast)}
            unit="sat"
          />
        </dl>
      </section>
      <div class="controls">
        <Search
          hint="Filter by channel or peer …"
          text={text}
          onText={setText}
          found={
            shown.length === all.length ? '' : `${count(shown.length)} of ${count(all.length)}`
          }
        />
        <label>
          <span>Side</span>
          <select value={side} onChange={(event) => setSide(event.currentTarget.value)}>
            <option value="">both</option>
            <option value="local">ours</option>
            <option value="remote">theirs</option>
          </select>
        </label>
        <Tick label="Changes only" isOn={isChangeOnly} onTick={setChangeOnly} />
      </div>
      <section class="panel">
        <SortedTable
          label="Fee policies"
          columns={columns}
          rows={shown}
          keyOf={({ nodeId, channelId, side: whose, eventId }) =>
            `${nodeId}.${channelId}.${whose}.${eventId}`
          }
        />
        <p class="soft note">
          Our policy is paid by what goes out over the channel: those forwards stand beside it.
          Theirs is paid to them by what they forward to us: beside it stands what came in, and what
          we earned with it further on, under our policy where it went out. Before and after reach
          from one policy of a side to its next.
        </p>
      </section>
    </>
  );
}

const nameOf = ({ nodeId, channelId }: FeeChangeEffect, names: LedgerNames) =>
  `${names.channelWithPeer(nodeId, channelId)} ${names.hasSeveralNodes ? names.node(nodeId) : ''}`;

function columnsOf(names: LedgerNames): readonly Column<FeeChangeEffect>[] {
  return [
    {
      title: 'when, UTC',
      cell: ({ at: when, eventId }) => <a href={hrefOf(['event', eventId])}>{time(when)}</a>,
      order: (one) => one.at,
    },
    {
      title: 'channel',
      cell: ({ nodeId, channelId }) => (
        <a href={hrefOf(['channel', nodeId, channelId])}>
          {names.channelWithPeer(nodeId, channelId)}
        </a>
      ),
      order: (one) => nameOf(one, names),
    },
    ...(names.hasSeveralNodes
      ? [{ title: 'of node', cell: (one: FeeChangeEffect) => names.node(one.nodeId) }]
      : []),
    {
      title: 'side',
      cell: ({ side }) => (
        <span class={side === 'local' ? 'local-text' : 'remote-text'}>
          {side === 'local' ? 'ours' : 'theirs'}
        </span>
      ),
      order: (one) => one.side,
    },
    {
      title: 'policy before, msat',
      cell: ({ from }) =>
        from === undefined ? <span class="soft">first told</span> : policy(from),
    },
    {
      title: 'policy after, msat',
      cell: ({ to, cause }) => (
        <span {...(cause !== undefined && { title: outsideText(cause) })}>{policy(to)}</span>
      ),
      order: ({ to }) => to.feeProportionalMillionths,
    },
    {
      title: 'brought before',
      cell: ({ before, side }) => before && <TermView term={before} side={side} />,
    },
    {
      title: 'brought after',
      cell: ({ after, before, side }) => (
        <TermView term={after} side={side} {...(before && { than: before })} />
      ),
      order: ({ after }) => BigInt(after.feeMsat),
    },
  ];
}
