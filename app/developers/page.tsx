import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { currentUser } from '@/app/_server/session';
import { CodeBlock } from '@/components/developers/code-block';
import { ErrorReference } from '@/components/developers/error-reference';
import { OperationReference } from '@/components/developers/operation-reference';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { PublicHeader } from '@/components/shell/public-header';
import { Link } from '@/components/ui/link';
import { LinkButton } from '@/components/ui/link-button';
import { operationList } from '@/lib/api/rules/catalogue.ts';
import { openApiDocument } from '@/lib/api/rules/openapi.ts';
import { outlineSchema } from '@/lib/api/rules/schema-outline.ts';
import { env } from '@/lib/env.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'API' };

/** The API for people who write programs: how to begin, every operation, every code. Open to all. */
export default async function DevelopersPage() {
  const user = await currentUser();
  const origin = env().APP_URL;
  const { paths: described, components } = openApiDocument(origin);
  const { schemas } = components as { schemas: Record<string, object> };
  const tags = [...new Set(operationList.map(({ tag }) => tag))];

  return (
    <>
      <PublicHeader>
        <LinkButton href={user ? paths.account() : paths.signIn(paths.account())}>
          {user ? 'Your tokens' : 'Sign in'}
        </LinkButton>
      </PublicHeader>
      <PageContainer>
        <PageHeading
          title="API"
          lead="Everything you can do here, a program can do too: make an influencer, gather pictures, train, download."
        />
        <div className="flex flex-col gap-12">
          <nav aria-label="On this page" className="flex flex-wrap gap-x-4 gap-y-1">
            {[...tags, 'Shapes', 'Errors'].map((name) => (
              <a
                key={name}
                href={`#${anchorOf(name)}`}
                className="text-link inline-flex min-h-target items-center"
              >
                {name}
              </a>
            ))}
            <a href={paths.openApi()} className="text-link inline-flex min-h-target items-center">
              OpenAPI document
            </a>
          </nav>

          <section aria-labelledby="begin" className="flex flex-col gap-4">
            <h2 id="begin" className="text-section narrow">
              How to begin
            </h2>
            <ol className="flex max-w-measure list-decimal flex-col gap-2 pl-6">
              <li>
                Make a token in{' '}
                <Link className="text-link" href={paths.account()}>
                  your account
                </Link>
                . It is shown once; keep it like a password.
              </li>
              <li>Send it with every request, as below.</li>
              <li>
                A training is done when its <code className="font-mono">status</code> is{' '}
                <code className="font-mono">ready</code>. Ask every few seconds while it is open.
              </li>
            </ol>
            <CodeBlock label="A first request">
              {`export LIKENESS_TOKEN=lk_…\ncurl "${origin}/api/influencer" \\\n  -H "Authorization: Bearer $LIKENESS_TOKEN"`}
            </CodeBlock>
          </section>

          <section aria-labelledby="rules" className="flex flex-col gap-4">
            <h2 id="rules" className="text-section narrow">
              What holds everywhere
            </h2>
            <dl className="grid max-w-measure gap-4">
              <Rule term="Idempotency-Key">
                Give every POST and DELETE a text of your own, such as a UUID. Sent again within 24
                hours with the same body, it gets the first answer, marked with{' '}
                <code className="font-mono">Idempotent-Replayed: true</code>, and nothing is done
                twice. A refusal is an answer too: a new try needs a new key.
              </Rule>
              <Rule term="Errors">
                A refusal is <code className="font-mono">application/problem+json</code> with a
                closed <code className="font-mono">code</code>, a sentence, a way out and the facts.
                The list of codes is below.
              </Rule>
              <Rule term="Limits">
                600 requests a minute for all tokens of an account. Past it the answer is 429, and{' '}
                <code className="font-mono">Retry-After</code> says how many seconds to wait.
              </Rule>
              <Rule term="Whose is it">
                A token reaches its owner’s data only. What is somebody else’s is answered like what
                is not there. A token cannot make tokens.
              </Rule>
              <Rule term="Units">
                Amounts are whole credits, money is whole cents, instants are ISO 8601 in UTC. An
                unknown field is refused.
              </Rule>
            </dl>
          </section>

          {tags.map((tag) => (
            <section key={tag} aria-labelledby={anchorOf(tag)} className="flex flex-col gap-4">
              <h2 id={anchorOf(tag)} className="scroll-mt-4 text-section narrow">
                {tag}
              </h2>
              {operationList
                .filter((operation) => operation.tag === tag)
                .map((operation) => (
                  <OperationReference
                    key={operation.id}
                    operation={operation}
                    origin={origin}
                    described={
                      (described as Record<string, Record<string, object>>)[operation.path]?.[
                        operation.method.toLowerCase()
                      ] ?? {}
                    }
                  />
                ))}
            </section>
          ))}

          <section aria-labelledby="shapes" className="flex flex-col gap-4">
            <h2 id="shapes" className="scroll-mt-4 text-section narrow">
              Shapes
            </h2>
            {Object.entries(schemas).map(([name, schema]) => (
              <CodeBlock key={name} label={name} id={`shape-${name}`} shown>
                {outlineSchema(schema)}
              </CodeBlock>
            ))}
          </section>

          <ErrorReference headingId="errors" />
        </div>
      </PageContainer>
    </>
  );
}

function Rule({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="font-medium">{term}</dt>
      <dd className="mt-0.5 text-ink-2">{children}</dd>
    </div>
  );
}

function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
