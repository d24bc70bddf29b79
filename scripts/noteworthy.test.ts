import { expect, test } from 'vitest';
import { noteworthy, noteworthyOfDevelopmentServer, noteworthyOfPostgres } from './noteworthy.ts';

const entry = (level: string, rest: object = {}) =>
  JSON.stringify({ level, msg: 'a job failed', ...rest });

test('of our log only warnings and errors are shown, as a sentence', () => {
  expect(noteworthy(entry('info'), false)).toBeNull();
  expect(noteworthy(entry('warn'), false)).toBe('warn: a job failed');
  expect(noteworthy(entry('error', { error: { message: 'no route' } }), false)).toBe(
    'error: a job failed: no route',
  );
});

test('other lines are shown when they come from standard error', () => {
  expect(noteworthy('listening', false)).toBeNull();
  expect(noteworthy('Error: no', true)).toBe('Error: no');
  expect(noteworthy('   ', true)).toBeNull();
  expect(noteworthy('{ not json', true)).toBe('{ not json');
  expect(noteworthy('{"a":1}', true)).toBe('{"a":1}');
});

test('a development server shows everything but quiet log lines', () => {
  expect(noteworthyOfDevelopmentServer('Compiled', false)).toBe('Compiled');
  expect(noteworthyOfDevelopmentServer(entry('info'), false)).toBeNull();
  expect(noteworthyOfDevelopmentServer('', false)).toBeNull();
});

test('of PostgreSQL a refused statement is not shown, a full disk is', () => {
  expect(noteworthyOfPostgres('ERROR:  duplicate key value')).toBeNull();
  expect(noteworthyOfPostgres('PANIC:  could not locate a valid checkpoint')).toContain('PANIC');
  expect(noteworthyOfPostgres('could not extend file: No space left on device')).not.toBeNull();
});
