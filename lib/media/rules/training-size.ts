/**
 * The smallest square that pictures are trained at (`resolutions` of the recipe, 512 to 1,024 px).
 * The trainer crops nothing to a square: it fits each picture into a frame of its own shape with as
 * many pixels. A picture with fewer would have to be blown up, and blur is learned as well.
 */
export const smallestTrainingPx = 512;

/** Whether a picture has fewer pixels than the smallest frame it would be trained in. */
export function isTooSmallToTrain({ width, height }: { width: number; height: number }): boolean {
  return width * height < smallestTrainingPx ** 2;
}
