import { creditOperations } from './credit-operations.ts';
import { imageOperations, studioOperations } from './image-operations.ts';
import { influencerOperations } from './influencer-operations.ts';
import { notificationOperations } from './notification-operations.ts';
import type { Operation } from './operation.ts';
import { characterOperations, modelOperations, trainingOperations } from './training-operations.ts';

/** Everything a program can ask for. One entry a method and path under `app/api`. */
export const operations = {
  ...influencerOperations,
  ...imageOperations,
  ...trainingOperations,
  ...studioOperations,
  ...modelOperations,
  ...notificationOperations,
  ...creditOperations,
  ...characterOperations,
} as const;

export type OperationId = keyof typeof operations;

/** The same as a list, in the order of the page. */
export const operationList: readonly Operation[] = Object.values(operations);
