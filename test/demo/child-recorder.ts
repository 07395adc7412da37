/** Records a file of observations into a ledger, like any other process would; prints its report. */
import { readFileSync } from 'node:fs';
import { parseObservation } from '../../src/ledger/observation-json.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';

const [, , path = '', file = '', batch = '50', seed = ''] = process.argv;
const lines = readFileSync(file, 'utf8').split('\n');
const observations = lines.map((line) => parseObservation(JSON.parse(line)));
const ledger = await openLedger(path, { seed });
const total = { events: 0, known: 0, quarantined: 0 };
for (let at = 0; at < observations.length; at += Number(batch)) {
  const report = await ledger.recordBatch(observations.slice(at, at + Number(batch)));
  total.events += report.events;
  total.known += report.known;
  total.quarantined += report.quarantined;
}
await ledger.close();
console.log(JSON.stringify(total));
