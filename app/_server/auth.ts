import { headers } from 'next/headers';
import type { NextAuthOptions } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import GitHubProvider from 'next-auth/providers/github';
import GoogleProvider from 'next-auth/providers/google';
import { signInSchema } from '@/lib/accounts/schemas.ts';
import { endSession, openSession, sessionDays } from '@/lib/accounts/sessions.ts';
import { signIn, signInWithIdentity } from '@/lib/accounts/sign-in.ts';
import { env } from '@/lib/env.ts';
import { DomainError } from '@/lib/errors.ts';
import { log } from '@/lib/log.ts';
import { paths } from '@/lib/paths.ts';
import { addressOf } from './client-address';

declare module 'next-auth' {
  interface Session {
    sessionId?: string;
  }
}
declare module 'next-auth/jwt' {
  interface JWT {
    sessionId?: string;
  }
}

/**
 * Sign-in by next-auth. Its cookie is a signed token that only names a row in `sessions`: ending
 * the row ends the sign-in at once, whatever the cookie says.
 */
export function authOptions(): NextAuthOptions {
  return {
    secret: env().AUTH_SECRET,
    session: { strategy: 'jwt', maxAge: sessionDays * 86_400 },
    cookies: { sessionToken: sessionCookie() },
    pages: { signIn: paths.signIn(), error: paths.signIn() },
    logger: {
      error(code, details) {
        // Anybody can send a forged or outdated cookie.
        if (code === 'JWT_SESSION_ERROR') log().info({ code }, 'a session cookie was not ours');
        else log().error({ code, error: 'error' in details ? details.error : details }, 'sign-in');
      },
      warn: (code) => log().info({ code }, 'sign-in'),
      debug: () => {},
    },
    providers: [
      CredentialsProvider({
        credentials: { email: { type: 'email' }, password: { type: 'password' } },
        async authorize(credentials, request) {
          const input = signInSchema.safeParse({
            email: credentials?.email,
            password: credentials?.password,
          });
          if (!input.success) return null;
          try {
            const { userId } = await signIn(input.data, addressOf(request.headers ?? {}));
            return { id: userId };
          } catch (error) {
            // The code travels to the form, which words it.
            if (error instanceof DomainError) throw new Error(error.code);
            throw error;
          }
        },
      }),
      ...(env().GITHUB_ID
        ? [GitHubProvider({ clientId: env().GITHUB_ID, clientSecret: env().GITHUB_SECRET })]
        : []),
      ...(env().GOOGLE_ID
        ? [GoogleProvider({ clientId: env().GOOGLE_ID, clientSecret: env().GOOGLE_SECRET })]
        : []),
    ],
    callbacks: {
      async signIn({ account, user }) {
        if (!account || account.type === 'credentials') return true;
        if (!user.email) return `${paths.signIn()}?error=EMAIL_TAKEN`;
        try {
          const { userId } = await signInWithIdentity({
            provider: account.provider,
            providerAccountId: account.providerAccountId,
            email: user.email,
            name: user.name ?? null,
          });
          user.id = userId;
          return true;
        } catch (error) {
          if (error instanceof DomainError) return `${paths.signIn()}?error=${error.code}`;
          throw error;
        }
      },
      async jwt({ token, user }) {
        if (!user) return token;
        const userAgent = (await headers()).get('user-agent');
        return { sub: user.id, sessionId: await openSession(user.id, { userAgent }) };
      },
      session({ session, token }) {
        return { expires: session.expires, sessionId: token.sessionId };
      },
    },
    events: {
      async signOut({ token }) {
        if (token?.sessionId) await endSession(token.sessionId);
      },
    },
  };
}

/** With TLS the name itself forbids the cookie to anybody but this host (`__Host-`). */
function sessionCookie(): NonNullable<NextAuthOptions['cookies']>['sessionToken'] {
  const secure = env().APP_URL.startsWith('https:');
  return {
    name: `${secure ? '__Host-' : ''}next-auth.session-token`,
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
  };
}
