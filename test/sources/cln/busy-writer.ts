/** A node's part in a test: commits to its database all the time, and counts when it could not. */
import Database from 'better-sqlite3';

const database = new Database(process.argv[2] ?? '', { timeout: 0 });
const write = database.prepare('UPDATE vars SET intval = intval + 1 WHERE name = ?');
let written = 0;
let blocked = 0;
let isStopped = false;

process.on('message', () => {
  isStopped = true;
});

function step(): void {
  if (isStopped) {
    database.close();
    process.send?.({ written, blocked });
    process.disconnect();
    return;
  }
  try {
    write.run('data_version');
    written++;
  } catch {
    blocked++;
  }
  if (written === 1) process.send?.({ written, blocked });
  setImmediate(step);
}

step();
