import type { ImageGenerator } from './image-generator.ts';
import { sandboxGenerator } from './sandbox-generator.ts';

/** The generator that this installation is set up with. */
export function chooseGenerator(): ImageGenerator {
  return sandboxGenerator;
}
