/**
 * A contact sheet inside a panel, whose padding leaves less room than the page: 3 pictures across at
 * 390 px, 5 at 820, 8 at 1,440 on a page as wide as the gallery.
 */
export const panelSheetClasses =
  'grid grid-cols-[repeat(auto-fill,minmax(min(6.25rem,100%),1fr))] gap-1 sm:grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] sm:gap-2 xl:grid-cols-[repeat(auto-fill,minmax(9rem,1fr))]';
