/** A value of an XML document; an array repeats its element, `undefined` leaves it out. */
type XmlValue = string | number | boolean | XmlFields | XmlValue[] | undefined;

export interface XmlFields {
  [element: string]: XmlValue;
}

const namedEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold any character, S3 writes these as references
    /[&<>"\x00-\x1f]/g,
    (character) => namedEntities[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi,
    (_, hex, decimal, name) => {
      if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal) return String.fromCodePoint(Number.parseInt(decimal, 10));
      return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name as string] ?? '';
    },
  );
}

function elements(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => elements(name, item)).join('');
  const content =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, childValue]) => elements(child, childValue))
          .join('')
      : escapeXml(String(value));
  return `<${name}>${content}</${name}>`;
}

/** An XML document with one root in S3's namespace. */
export function xmlDocument(root: string, fields: XmlFields): string {
  const content = elements('x', fields).slice('<x>'.length, -'</x>'.length);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`;
}

/** The inner XML of every `<name>` element; S3's request documents never nest one in itself. */
export function xmlBlocks(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g');
  return Array.from(xml.matchAll(pattern), (match) => match[1] ?? '');
}

/** The text of every `<name>` element. */
export function xmlTexts(xml: string, name: string): string[] {
  return xmlBlocks(xml, name).map(unescapeXml);
}
