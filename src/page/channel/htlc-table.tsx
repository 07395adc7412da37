/** The HTLCs that are pending at the moment that is shown, or were at the close. */
import type { Channel } from '../api/json.ts';
import { count, msatAsSat, shortId } from '../format.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { isOver } from './over.ts';

export function HtlcTable({ channel }: { readonly channel: Channel }) {
  const { htlcs } = channel;
  if (htlcs === undefined || htlcs.length === 0) return null;
  const title = titleOf(channel);
  return (
    <section class="panel htlcs">
      <h2>{title}</h2>
      <WideTable label={title}>
        <table class="stacks">
          <thead>
            <tr>
              <th scope="col">HTLC</th>
              <th scope="col" class="number">
                sat
              </th>
              <th scope="col" class="number">
                expires at height
              </th>
              <th scope="col">forwards</th>
              <th scope="col">ended</th>
            </tr>
          </thead>
          <tbody>
            {htlcs.map(({ id, direction, amountMsat, cltvExpiry, forwardOf, outcome }) => (
              <tr key={`${direction}/${id}`}>
                <th scope="row">
                  {direction === 'offered' ? 'out' : 'in'} {id}
                </th>
                <td class="number" data-column="sat">
                  {msatAsSat(amountMsat)}
                </td>
                <td class="number" data-column="expires at height">
                  {count(cltvExpiry)}
                </td>
                <td data-column="forwards">
                  {forwardOf === undefined
                    ? ''
                    : `${forwardOf.htlcId} of ${shortId(forwardOf.channelId)}`}
                </td>
                <td data-column="ended">{outcome ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </section>
  );
}

/** As `show` heads them. */
function titleOf(channel: Channel): string {
  if (!isOver(channel)) return 'HTLCs in flight';
  const { pendingHtlcCount } = channel;
  if (pendingHtlcCount === undefined) return 'HTLCs at the close';
  const left = pendingHtlcCount === 0 ? 'all ended' : `${count(pendingHtlcCount)} not ended yet`;
  return `HTLCs at the close (${left})`;
}
