/** How many pictures one press makes. */
export const pictureCounts = [1, 2, 4] as const;
export type PictureCount = (typeof pictureCounts)[number];

/** Pictures of one character that may be in the works at once. */
export const maxInTheWorks = 12;

/** How often the making of one picture is begun before it has failed. */
export const maxTries = 3;

/** Characters of a prompt. */
export const maxPromptLength = 1_000;
