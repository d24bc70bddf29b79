'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback } from 'react';
import {
  filterParameter,
  type PickerFilter,
  toPickerFilter,
  withPickerFilter,
} from './picker-filters';

/** The filter as the address has it: a reload, a link and going back keep it. */
export function usePickerFilter(): [PickerFilter, (filter: PickerFilter) => void] {
  const filter = toPickerFilter(useSearchParams().get(filterParameter));
  const show = useCallback((next: PickerFilter) => {
    const { pathname, search, hash } = location;
    history.replaceState(null, '', `${pathname}${withPickerFilter(search, next)}${hash}`);
  }, []);
  return [filter, show];
}
