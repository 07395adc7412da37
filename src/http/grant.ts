/** What a request may see. */

export const scopes = ['read', 'read+secrets'] as const;
export type Scope = (typeof scopes)[number];

export interface Grant {
  /** `nobody`: this machine without a token, which reads what is no secret. */
  readonly holder: 'nobody' | 'token';
  readonly scope: Scope;
  /** Of who holds one. */
  readonly tokenId?: string;
}

export const ANYBODY_HERE: Grant = { holder: 'nobody', scope: 'read' };

export function maySeeSecrets({ scope }: Grant): boolean {
  return scope === 'read+secrets';
}
