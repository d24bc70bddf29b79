'use client';

import PageError from '../error';

// The same words, below the header that still works: only the page failed.
export default PageError;
