/** The id of the main part of every page. */
export const contentId = 'content';

/** First stop of the Tab key: over the header, to the content. */
export function SkipLink() {
  return (
    <a
      href={`#${contentId}`}
      className="fixed top-2 left-2 z-skip rounded-control bg-accent px-4 py-2 font-medium text-on-accent not-focus:sr-only"
    >
      Skip to content
    </a>
  );
}
