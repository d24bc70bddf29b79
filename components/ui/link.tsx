// biome-ignore lint/style/noRestrictedImports: the one place
import NextLink from 'next/link';
import type { ComponentProps } from 'react';

/**
 * Goes to another page without loading the document anew. Asks for nothing ahead: every page is
 * somebody's own and made when it is asked for, so two requests for each link in sight would bring
 * nothing, and a phone's processor is busy with the page it has.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
