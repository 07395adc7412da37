/** The HTLCs that are pending at the moment that is shown. */
import type { Channel } from '../api/json.ts';
import { count, msatAsSat, shortId } from '../format.ts';
import { WideTable } from '../parts/wide-table.tsx';

export function HtlcTable({ channel }: { readonly channel: Channel }) {
  const { htlcs } = channel;
  if (htlcs.length === 0) return null;
  return (
    <section class="panel">
      <h2>HTLCs in flight</h2>
      <WideTable label="HTLCs in flight">
        <table>
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
                <td class="number">{msatAsSat(amountMsat)}</td>
                <td class="number">{count(cltvExpiry)}</td>
                <td>
                  {forwardOf === undefined
                    ? ''
                    : `${forwardOf.htlcId} of ${shortId(forwardOf.channelId)}`}
                </td>
                <td>{outcome ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </section>
  );
}
