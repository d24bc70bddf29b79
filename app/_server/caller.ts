import { findApiToken } from '@/lib/accounts/find-api-token.ts';
import { countTry } from '@/lib/accounts/limits.ts';
import type { SignedInUser } from '@/lib/accounts/sessions.ts';
import { noteAct } from '@/lib/acts/record-act.ts';
import { DomainError } from '@/lib/errors.ts';
import { addressOf } from './client-address';
import { isOwnOrigin } from './own-origin';
import { currentUser } from './session';

/**
 * Who asks: the owner of the token in `Authorization`, else whoever is signed in. A token that is not
 * good is refused even where a cookie is: a program must not act as whoever's browser it runs in.
 * A token needs no origin, because no browser sends it by itself; a cookie does for every change.
 *
 * Refuses BAD_TOKEN, SIGNED_OUT, FOREIGN_ORIGIN and TOO_MANY_REQUESTS.
 */
export async function demandCaller(request: Request): Promise<SignedInUser> {
  const authorization = request.headers.get('authorization');
  if (authorization !== null) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const found = token ? await findApiToken(token) : null;
    if (!found) {
      // The first from an address within the limit's time stands for all: nobody fills the table.
      const tries = await countTry('badToken', addressOf(request.headers));
      if (tries === 1) await noteAct({ kind: 'token.refused', by: 'anybody', userId: null });
      throw new DomainError('BAD_TOKEN');
    }
    await countTry('apiToken', found.user.id);
    return found.user;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return demandChanger(request.headers);
  return (await currentUser()) ?? signedOut();
}

/**
 * Who asks for a change with the cookie of a session, from one of our own pages. Refuses SIGNED_OUT,
 * FOREIGN_ORIGIN and TOO_MANY_REQUESTS.
 */
export async function demandChanger(headers: Headers): Promise<SignedInUser> {
  const user = (await currentUser()) ?? signedOut();
  await countTry('sessionChange', user.id);
  if (!isOwnOrigin(headers)) {
    await noteAct({ kind: 'origin.refused', by: 'anybody', userId: user.id });
    throw new DomainError('FOREIGN_ORIGIN');
  }
  return user;
}

function signedOut(): never {
  throw new DomainError('SIGNED_OUT');
}
