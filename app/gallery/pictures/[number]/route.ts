import { env } from '@/lib/env.ts';
import { drawPicture } from './draw-picture';

/** A drawn portrait for the gallery; without the gallery there is none. */
export async function GET(_: Request, { params }: { params: Promise<{ number: string }> }) {
  const { number } = await params;
  if (!env().GALLERY || !/^\d{1,5}$/.test(number)) return new Response(null, { status: 404 });
  return new Response(drawPicture(Number(number)), {
    headers: { 'content-type': 'image/svg+xml', 'cache-control': 'private, max-age=3600' },
  });
}
