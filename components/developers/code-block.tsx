interface CodeBlockProps {
  /** What it is, for those who cannot see it; above it with `shown`. */
  label: string;
  shown?: boolean;
  id?: string;
  children: string;
}

/** Lines of code as they are. Wider than the page, it scrolls by itself, by keyboard too. */
export function CodeBlock({ label, shown = false, id, children }: CodeBlockProps) {
  return (
    <div className="min-w-0">
      {shown && (
        <h3 id={id} className="mb-1 scroll-mt-4 text-small font-medium">
          {label}
        </h3>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: no field set, a group of lines */}
      <div
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        aria-label={label}
        className="overflow-x-auto rounded-control bg-well"
      >
        <pre className="w-max min-w-full p-4 font-mono text-small">{children}</pre>
      </div>
    </div>
  );
}
