import { describe, expect, it } from 'vitest';
import { operationList, operations } from './catalogue.ts';
import { curlExample } from './curl-example.ts';

const origin = 'https://likeness.example';

describe('curlExample', () => {
  it('sends a body with a key of its own', () => {
    expect(curlExample(operations.likeImage, origin)).toBe(
      [
        'curl -X POST "https://likeness.example/api/images/$ID/like" \\',
        '  -H "Authorization: Bearer $LIKENESS_TOKEN" \\',
        '  -H "Idempotency-Key: $(uuidgen)" \\',
        '  -H "Content-Type: application/json" \\',
        `  -d '{"liked":true}'`,
      ].join('\n'),
    );
  });

  it('follows on to the store and names ids apart', () => {
    expect(curlExample(operations.downloadLora, origin)).toContain(
      'curl -LOJ "https://likeness.example/api/influencer/$ID/lora/$LORA_MODEL_ID/download?role=main"',
    );
  });

  it('leaves no parameter of a path open and no quote unbalanced', () => {
    for (const operation of operationList) {
      const line = curlExample(operation, origin);
      expect(line).not.toMatch(/api\S*[{}]/);
      expect(line.split("'").length % 2, operation.id).toBe(1);
    }
  });
});
