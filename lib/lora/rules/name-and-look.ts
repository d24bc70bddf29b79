/** What a name and a look may be, for the form and the server alike. As people count: an emoji is one. */
export const maxNameCharacters = 60;
export const maxLookCharacters = 1_000;

export const countCharacters = (text: string) => [...text.trim()].length;

/** A name has something to see in it: one of nothing but spaces and marks is none. */
export const hasSomethingToSee = (name: string) => /[\p{L}\p{N}\p{P}\p{S}]/u.test(name);

/** A name is one line. */
export const isOneLine = (name: string) => /^\P{Cc}*$/u.test(name.trim());
