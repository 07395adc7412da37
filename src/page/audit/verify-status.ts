/** The server's own `verify`: what its last run is at, asked again while it runs. */
import { useEffect, useReducer, useState } from 'preact/hooks';
import type { VerifyStatus } from '../../http/verifying.ts';
import { type Answered, useAnswer } from '../api/answer.ts';
import { begin, Unanswered } from '../api/ask.ts';
import type { JsonOf } from '../api/json.ts';

export type Verified = JsonOf<VerifyStatus>;

export interface Verify {
  readonly status: Answered<Verified>;
  /** Why the server did not begin. */
  readonly refusal: string | undefined;
  readonly begin: (signatures: boolean) => Promise<void>;
}

const EVERY_MS = 500;
const NEVER = () => false;

export function useVerify(): Verify {
  const [round, again] = useReducer((count: number, _: undefined) => count + 1, 0);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  // The round makes it another question to the hook, and the server takes no notice of it.
  const status = useAnswer<Verified>(`/verify#${round}`, { isTouchedBy: NEVER });
  const isRunning = status.answer?.state === 'running';
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => again(undefined), EVERY_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return {
    status,
    refusal,
    async begin(signatures) {
      try {
        await begin(signatures ? '/verify?signatures=true' : '/verify');
        setRefusal(undefined);
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        setRefusal(error.message);
      }
      again(undefined);
    },
  };
}
