'use client';

import { Printer } from 'lucide-react';
import { Button } from '../ui/button';

/** Prints the page as it is shown; what can only be pressed is left off the paper. */
export function PrintButton() {
  return (
    <Button size="small" icon={<Printer aria-hidden="true" />} onClick={() => window.print()}>
      Print
    </Button>
  );
}
