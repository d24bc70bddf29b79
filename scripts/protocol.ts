import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocolDocuments } from '../lib/gpu/protocol-documents.ts';
import { ROOT } from './root.ts';

// Writes docs/protocol anew from the schemas in lib/gpu/protocol.ts.
const directory = join(ROOT, 'docs/protocol');
const documents = protocolDocuments();
await mkdir(directory, { recursive: true });
for (const name of await readdir(directory)) {
  if (name.endsWith('.json') && !documents.has(name)) await rm(join(directory, name));
}
for (const [name, text] of documents) await writeFile(join(directory, name), text);
console.log(`docs/protocol: ${documents.size} files.`);
