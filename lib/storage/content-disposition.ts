/**
 * `attachment` with a file name as RFC 6266 wants it: an ASCII fallback and the exact name,
 * percent-encoded (RFC 8187). Control characters and path separators never reach a header.
 */
export function attachment(fileName: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not get through
  const exact = Buffer.from(fileName.replace(/[\x00-\x1f\x7f/\\]/g, '_')).toString('utf8');
  const fallback = exact.replace(/[^\x20-\x7e]|["%]/g, '_');
  const encoded = encodeURIComponent(exact).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${fallback}"; filename*=UTF-8''${encoded}`;
}
