import type { TrainableImage } from '@/lib/lora/get-training-panel';

export const pickerFilters = [
  { id: 'all', label: 'All', none: '' },
  { id: 'liked', label: 'Liked', none: 'No liked images.' },
  { id: 'profile-set', label: 'Profile set', none: 'No image is in the profile set.' },
  { id: 'new', label: 'New since last training', none: 'No image is new since the last training.' },
  { id: 'chosen', label: 'Chosen', none: 'No image is chosen.' },
] as const;

export type PickerFilter = (typeof pickerFilters)[number]['id'];

/** The part of the address that keeps the filter: `?show=liked`. */
export const filterParameter = 'show';

/** The filter that an address asks for; whatever is not one shows all. */
export function toPickerFilter(asked: string | null): PickerFilter {
  return pickerFilters.find(({ id }) => id === asked)?.id ?? 'all';
}

/** The address with that filter in it, and everything else as it was. */
export function withPickerFilter(search: string, filter: PickerFilter): string {
  const parameters = new URLSearchParams(search);
  if (filter === 'all') parameters.delete(filterParameter);
  else parameters.set(filterParameter, filter);
  const kept = parameters.toString();
  return kept ? `?${kept}` : '';
}

/** What stands beside an image's name: "profile set, liked". */
export function factsOfImage(
  image: Pick<TrainableImage, 'inProfileSet' | 'newSinceLastTraining'>,
  liked: boolean,
): string {
  return [
    image.inProfileSet && 'profile set',
    liked && 'liked',
    !image.newSinceLastTraining && 'in the last model',
  ]
    .filter(Boolean)
    .join(', ');
}
