/** Where the server wants a token: it is handed in once, and kept by the browser in a closed cookie. */
import { useState } from 'preact/hooks';
import { signIn, signOut, Unanswered } from '../api/ask.ts';
import { noteSignedIn } from '../sign-in-state.ts';

export function SignIn() {
  const [problem, setProblem] = useState<string>();
  const submit = async (token: string) => {
    try {
      await signIn(token);
      noteSignedIn(true);
      // The event stream was refused as well: everything begins again.
      location.reload();
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        const token = new FormData(event.currentTarget).get('token');
        if (typeof token === 'string') void submit(token.trim());
      }}
    >
      <h1>A token is needed</h1>
      <p>
        <code>channel-ledger token create</code> makes one, where the ledger is.
      </p>
      <label for="token">Token</label>
      <div class="line">
        <input id="token" name="token" type="password" autocomplete="off" required />
        <button type="submit" class="main">
          Sign in
        </button>
      </div>
      {problem !== undefined && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

export function SignOut() {
  const [problem, setProblem] = useState<string>();
  const submit = async () => {
    try {
      await signOut();
      noteSignedIn(false);
      location.reload();
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <button type="button" class="quiet" title={problem} onClick={() => void submit()}>
      {problem === undefined ? 'Sign out' : 'Not signed out'}
    </button>
  );
}
