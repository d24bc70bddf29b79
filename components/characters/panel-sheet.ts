/**
 * A contact sheet inside a panel, whose padding leaves less room than the page: 3 pictures across at
 * 390 px, 5 at 820. The gaps are wide enough for the rings of chosen neighbours.
 */
export const panelSheetClasses =
  'grid grid-cols-[repeat(auto-fill,minmax(min(6.25rem,100%),1fr))] gap-2.5 sm:grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] sm:gap-3';
