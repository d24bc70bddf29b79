import { join, resolve } from 'node:path';
import { readEnv } from '../lib/env.ts';
import { readSecrets } from './data-directory.ts';
import { ROOT } from './root.ts';
import { loadSettings } from './run-stack.ts';
import { embeddedParts, withEmbedded } from './stack-settings.ts';

/**
 * `npm run audit [-- --all] [-- --repair]`: compares the books with themselves and with the world and
 * says what is wrong; the exit code is 1 then. `--all` reads every LoRA file back, `--repair` rings the
 * bells of what stands still, for the worker to hear. Embedded parts must be running.
 */
const asked = process.argv.slice(2);
if (asked.some((flag) => flag !== '--all' && flag !== '--repair')) {
  console.error('Usage: npm run audit -- [--all] [--repair]');
  process.exit(2);
}

loadSettings();
const wanted = readEnv(process.env);
const secrets = await readSecrets(join(resolve(ROOT, wanted.LIKENESS_DATA_DIR), 'secrets.json'));
const settings = withEmbedded(wanted, embeddedParts(wanted), secrets);
for (const [name, value] of Object.entries(settings)) process.env[name] = String(value);

// Only now: clients read their addresses when they are made.
const { systemContext } = await import('../lib/context.ts');
const { runAudit } = await import('../lib/audit/run-audit.ts');
const { repairFindings } = await import('../lib/audit/repair-findings.ts');

const startedAt = performance.now();
const { findings, counts } = await runAudit(systemContext('sweep'), {
  all: asked.includes('--all'),
});
const looked = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
console.log(`Looked at ${looked.join(', ')} in ${seconds} s.`);
for (const { problem, id, detail } of findings) {
  console.log(`  ${problem}: ${id}${detail && ` (${detail})`}`);
}
console.log(findings.length === 0 ? 'Nothing is wrong.' : `${findings.length} findings.`);
if (asked.includes('--repair')) {
  console.log(`${await repairFindings(findings)} bells rung. What is left needs a person.`);
}
// Open connections would keep it waiting.
process.exit(findings.length === 0 ? 0 : 1);
