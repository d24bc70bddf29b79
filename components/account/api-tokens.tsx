'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useRef, useState } from 'react';
import type { CreatedApiToken } from '@/lib/accounts/create-api-token';
import type { ApiTokenView } from '@/lib/accounts/list-api-tokens';
import { formatCount } from '@/lib/format';
import { Button } from '../ui/button';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { RelativeTime } from '../ui/relative-time';
import type { Verb } from '../verbs/verb-result';
import { CreatedToken } from './created-token';
import { NewTokenForm } from './new-token-form';
import { RevokeDialog } from './revoke-dialog';

interface ApiTokensProps {
  tokens: ApiTokenView[];
  maxTokens: number;
  create: Verb<{ name: string }, CreatedApiToken>;
  revoke: Verb<{ apiTokenId: string }>;
  /** What a token is for, in a sentence. */
  about: ReactNode;
}

/** The keys of one's own programs: made here, shown once, revoked here. */
export function ApiTokens({ tokens, maxTokens, create, revoke, about }: ApiTokensProps) {
  const router = useRouter();
  const [created, setCreated] = useState<CreatedApiToken | null>(null);
  const [revoking, setRevoking] = useState<ApiTokenView | null>(null);
  const [said, setSaid] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);

  return (
    <Panel title="API tokens" description={about}>
      <div className="flex flex-col gap-6">
        {created ? (
          <CreatedToken
            created={created}
            onDone={() => {
              setCreated(null);
              heading.current?.focus();
            }}
          />
        ) : (
          <NewTokenForm
            create={create}
            full={
              tokens.length >= maxTokens
                ? `You have ${formatCount(tokens.length, 'token')}, the most an account holds. Revoke one first.`
                : undefined
            }
            onCreated={(token) => {
              setCreated(token);
              setSaid('');
              router.refresh();
            }}
          />
        )}
        <div>
          <h3 ref={heading} tabIndex={-1} className="mb-2 font-medium">
            {tokens.length === 0 ? 'No tokens yet' : formatCount(tokens.length, 'token')}
          </h3>
          <ul className="flex flex-col">
            {tokens.map((token) => (
              <li
                key={token.id}
                className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-t border-line py-3"
              >
                <div className="min-w-0 flex-1 basis-60">
                  <p className="font-medium break-words">
                    <bdi>{token.name}</bdi>
                  </p>
                  <p className="text-small text-ink-2">
                    <code className="font-mono">lk_…{token.hint}</code> · Created{' '}
                    <LocalTime at={token.createdAt} /> ·{' '}
                    {token.lastUsedAt ? (
                      <>
                        Last used <RelativeTime at={token.lastUsedAt} />
                      </>
                    ) : (
                      'Never used'
                    )}
                  </p>
                </div>
                <Button
                  size="small"
                  aria-label={`Revoke ${token.name}`}
                  onClick={() => setRevoking(token)}
                >
                  Revoke
                </Button>
              </li>
            ))}
          </ul>
          <p role="status" className="text-small text-ink-2">
            {said}
          </p>
        </div>
      </div>
      {revoking && (
        <RevokeDialog
          token={revoking}
          revoke={revoke}
          returnFocus={heading}
          onClose={() => setRevoking(null)}
          onRevoked={() => {
            if (created?.id === revoking.id) setCreated(null);
            setSaid('The token was revoked.');
            setRevoking(null);
            router.refresh();
          }}
        />
      )}
    </Panel>
  );
}
