/** Where the server wants a token: it is handed in once, and kept by the browser in a closed cookie. */
import { useState } from 'preact/hooks';
import { signIn, Unanswered } from '../api/ask.ts';

export function SignIn() {
  const [problem, setProblem] = useState<string>();
  const submit = async (token: string) => {
    try {
      await signIn(token);
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
