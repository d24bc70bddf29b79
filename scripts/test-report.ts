/** What a part of the test run came to. */
export interface PartResult {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

/** The part of `vitest run --reporter=json` we read. */
export interface VitestReport {
  success: boolean;
  testResults: {
    name: string;
    status: string;
    /** Instants, in milliseconds. */
    startTime: number;
    endTime: number;
    assertionResults: { status: string }[];
  }[];
}

/** The part of Playwright's JSON report we read. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: unknown[];
}

export type Counts = Pick<PartResult, 'passed' | 'failed' | 'skipped'>;

/**
 * Counts the tests of the files that `belongs` picks, and the seconds they took together. A file that failed without a failed test (it
 * could not be loaded, or a hook broke) is one failure.
 */
export function countVitest(
  report: VitestReport,
  belongs: (file: string) => boolean,
): Counts & { seconds: number } {
  const counts = { passed: 0, failed: 0, skipped: 0, seconds: 0 };
  for (const file of report.testResults.filter(({ name }) => belongs(name))) {
    counts.seconds += (file.endTime - file.startTime) / 1_000;
    let failedHere = 0;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') failedHere += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && failedHere === 0) failedHere = 1;
    counts.failed += failedHere;
  }
  return counts;
}

/** A story that only passed at the second try counts as failed; an error outside of any does too. */
export function countPlaywright({ stats, errors }: PlaywrightReport): Counts {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * The end of the test run: a line a part, then alone on the last line `N passed, N failed`. A part in
 * which no test ran is a failure of its own.
 */
export function summary(parts: readonly PartResult[]): { text: string; failed: boolean } {
  const lines = parts.map((part) => {
    const skipped = part.skipped > 0 ? `, ${part.skipped} skipped` : '';
    const told = ranNothing(part)
      ? 'no test ran'
      : `${part.passed} passed, ${part.failed} failed${skipped}`;
    return `  ${part.name.padEnd(16)} ${told} (${part.seconds.toFixed(0)} s)`;
  });
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + (ranNothing(part) ? 1 : part.failed), 0);
  return {
    text: [...lines, '', `${passed} passed, ${failed} failed`].join('\n'),
    failed: failed > 0,
  };
}

function ranNothing({ passed, failed }: PartResult): boolean {
  return passed + failed === 0;
}
