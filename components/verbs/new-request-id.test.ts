import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newRequestId } from './new-request-id';

describe('a fresh request id', () => {
  it('is a UUID of version 4, another one each time', () => {
    const ids = Array.from({ length: 500 }, newRequestId);
    for (const id of ids) expect(z.uuidv4().safeParse(id).success).toBe(true);
    expect(new Set(ids).size).toBe(500);
  });
});
