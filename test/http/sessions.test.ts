/** A page's session: whose it is, and how long it opens anything. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { beginSession, newSessions, sessionOf } from '../../src/http/sessions.ts';
import { createToken, revokeToken, tokenById } from '../../src/http/tokens.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { type Served, withServer } from './served.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'sessions' });
test.after(() => ledger.close());
const { store } = ledger;

test('two servers on one host keep sessions of their own', async () => {
  const { token } = createToken(store, { name: 'two', scope: 'read' });
  const headers = { 'content-type': 'application/json' };
  const begun = (ask: Served['ask']) =>
    ask('/session', { method: 'POST', headers, body: JSON.stringify({ token }) });
  await withServer({ ledger }, async (one) => {
    await withServer({ ledger }, async (other) => {
      const jar = new Map<string, string>();
      for (const { ask, port } of [one, other]) {
        const [pair = ''] = ((await begun(ask)).headers.get('set-cookie') ?? '').split(';');
        const [name = '', value = ''] = pair.split('=');
        assert.match(name, String(port));
        jar.set(name, value);
      }
      // As a browser sends them: all of the host, whichever its port.
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const isIn = async (ask: Served['ask']) =>
        (await (await ask('/metrics', { headers: { cookie } })).text()).includes('balance_msat');
      assert.equal([await isIn(one.ask), await isIn(other.ask)], [true, true]);
      await one.ask('/session', { method: 'DELETE', headers: { cookie } });
      assert.equal([await isIn(one.ask), await isIn(other.ask)], [false, true]);
    });
  });
});

test('a session goes by the id of its token, and outlives neither its time nor its revocation', () => {
  const sessions = newSessions();
  const opens = (expiresAt: string, { isRevoked = false } = {}) => {
    const { view } = createToken(store, { name: 'short', scope: 'read', expiresAt });
    const asking = { protocol: 'http', headers: { host: 'localhost:1' } };
    const [cookie] = beginSession(sessions, view, asking).split(';');
    if (isRevoked) assert.ok(revokeToken(store, view.id));
    const known = sessionOf(
      { sessions, table: store },
      { ...asking, headers: { ...asking.headers, cookie } },
    );
    assert.is(known?.id, tokenById(store, view.id)?.id);
    return known?.id === view.id;
  };
  assert.ok(opens('2999-01-01T00:00:00.000000000Z'));
  assert.not.ok(opens('2999-01-01T00:00:00.000000000Z', { isRevoked: true }));
  assert.not.ok(opens('2020-01-01T00:00:00.000000000Z'));
});

test.run();
