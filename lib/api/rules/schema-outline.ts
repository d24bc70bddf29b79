type Json = Record<string, unknown>;

/**
 * A JSON Schema as a few lines that a person reads: `{ name: string, imageIds: uuid[] }`, one field a
 * line. A named shape is its name.
 */
export function outlineSchema(schema: unknown, depth = 0): string {
  const { $ref, enum: options, anyOf, type, format, items, properties, ...rest } = schema as Json;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? '';
  if ('const' in rest) return JSON.stringify(rest.const);
  if (Array.isArray(options)) return options.map((option) => JSON.stringify(option)).join(' | ');
  if (Array.isArray(anyOf)) return anyOf.map((one) => outlineSchema(one, depth)).join(' | ');
  if (Array.isArray(type)) return type.join(' | ');
  if (type === 'array') {
    const item = outlineSchema(items, depth);
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (type !== 'object') return String(format ?? type ?? 'anything');
  const fields = Object.entries((properties ?? {}) as Record<string, Json>);
  if (fields.length === 0) {
    return rest.additionalProperties
      ? `{ [name]: ${outlineSchema(rest.additionalProperties, depth)} }`
      : '{}';
  }
  const required = (rest.required ?? []) as string[];
  const indent = '  '.repeat(depth + 1);
  const lines = fields.map(([name, field]) => {
    const note = field.description ? `  // ${String(field.description)}` : '';
    const mark = required.includes(name) ? '' : '?';
    return `${indent}${name}${mark}: ${outlineSchema(field, depth + 1)}${note}`;
  });
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}
