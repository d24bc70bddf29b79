import NextAuth from 'next-auth';
import { authOptions } from '@/app/_server/auth';
import { demandOwnOrigin } from '@/app/_server/own-origin';
import { problemFrom, problemResponse } from '@/app/_server/problem';

interface AuthContext {
  params: Promise<{ nextauth: string[] }>;
}

async function handler(request: Request, context: AuthContext): Promise<Response> {
  return NextAuth(authOptions())(request, context);
}

/** Besides next-auth's own token: nobody is signed in or out from another site. */
async function change(request: Request, context: AuthContext): Promise<Response> {
  try {
    demandOwnOrigin(request.headers);
  } catch (error) {
    return problemResponse(problemFrom(error));
  }
  return handler(request, context);
}

export { change as POST, handler as GET };
