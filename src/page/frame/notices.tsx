/** What the whole page must say: that nobody answers, that it shows the past. */
import { isServerThere } from '../live/live.ts';

export function Notices() {
  return (
    <div role="status" class="notices">
      {!isServerThere.value && (
        <p class="notice">
          <strong>The server does not answer.</strong> What is shown is what it said last; the page
          goes on by itself when <code>channel-ledger serve</code> runs again.
        </p>
      )}
    </div>
  );
}
