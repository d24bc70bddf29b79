import { expect, test } from 'vitest';
import { countPlaywright, countVitest, summary } from './test-report.ts';

const file = (name: string, status: string, statuses: string[]) => ({
  name,
  status,
  startTime: 1_000,
  endTime: 3_000,
  assertionResults: statuses.map((each) => ({ status: each })),
});

const part = (name: string, passed: number, failed: number, skipped = 0) => ({
  name,
  passed,
  failed,
  skipped,
  seconds: 3.4,
});

test('counts the tests of the files that belong', () => {
  const report = {
    success: false,
    testResults: [
      file('/x/a.db.test.ts', 'failed', ['passed', 'failed', 'skipped', 'todo']),
      file('/x/a.test.ts', 'passed', ['passed', 'passed']),
    ],
  };
  const ofDatabase = (name: string) => name.includes('.db.');
  expect(countVitest(report, ofDatabase)).toEqual({ passed: 1, failed: 1, skipped: 2, seconds: 2 });
  expect(countVitest(report, (name) => !ofDatabase(name)).passed).toBe(2);
});

test('a file that could not be loaded is a failure', () => {
  const report = { success: false, testResults: [file('/x/a.test.ts', 'failed', [])] };
  expect(countVitest(report, () => true)).toMatchObject({ passed: 0, failed: 1 });
});

test('a story that passed at the second try only, and an error outside of any, are failures', () => {
  const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 2 };
  expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 4, failed: 3, skipped: 2 });
});

test('the summary ends with the totals alone on the last line', () => {
  const { text, failed } = summary([part('rules', 10, 0), part('database', 4, 1, 2)]);
  expect(text.split('\n')).toEqual([
    '  rules            10 passed, 0 failed (3 s)',
    '  database         4 passed, 1 failed, 2 skipped (3 s)',
    '',
    '14 passed, 1 failed',
  ]);
  expect(failed).toBe(true);
});

test('a part in which no test ran fails the run', () => {
  const { text, failed } = summary([part('rules', 10, 0), part('browser stories', 0, 0, 3)]);
  expect(text).toContain('browser stories  no test ran');
  expect(text.endsWith('\n10 passed, 1 failed')).toBe(true);
  expect(failed).toBe(true);
});

test('all passed', () => {
  expect(summary([part('rules', 1, 0)])).toMatchObject({ failed: false });
});
