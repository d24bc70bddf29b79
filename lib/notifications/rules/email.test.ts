import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailRetryMs, maxEmailTries, wordEmail } from './email.ts';

const facts = {
  title: 'Mara is ready',
  body: 'Generate images with >95% consistency. 22,000 credits were charged.',
  href: '/influencer/1/studio',
  characterName: 'Mara',
  settingsPath: '/influencer/1/settings',
  appUrl: 'https://likeness.example',
};

describe('wordEmail', () => {
  it('says the same in both, links back, and says how to switch it off', () => {
    const { subject, text, html } = wordEmail(facts);
    expect(subject).toBe('Mara is ready');
    expect(text).toBe(
      [
        'Mara is ready',
        '',
        'Generate images with >95% consistency. 22,000 credits were charged.',
        '',
        'Open it in Likeness: https://likeness.example/influencer/1/studio',
        '',
        '-- ',
        'You get this because e-mails are switched on for \u2068Mara\u2069. Switch them off in its settings:',
        'https://likeness.example/influencer/1/settings',
        '',
      ].join('\n'),
    );
    expect(html).toContain(
      '<h1 style="margin:0 0 8px;font-size:20px;line-height:1.3">Mara is ready</h1>',
    );
    expect(html).toContain('with &gt;95% consistency');
    expect(html).toContain('href="https://likeness.example/influencer/1/studio"');
    expect(html).toContain('href="https://likeness.example/influencer/1/settings"');
  });

  it('fetches nothing when it is read', () => {
    const { html } = wordEmail(facts);
    expect(html).not.toMatch(/<(img|link|script|iframe|video)|url\(|@import/i);
  });

  it('shows a name and never runs it', () => {
    const name = '<img src=x onerror=alert(1)>"\'&';
    const { html, subject } = wordEmail({
      ...facts,
      title: `${name}\r\nBcc: all@example.test`,
      characterName: name,
    });
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(subject).not.toMatch(/[\r\n]/);
  });

  it('opens no tag that is not its own, whatever a name is', () => {
    const tags = (html: string) => html.match(/<\/?[a-z!]/gi)?.length;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const { html } = wordEmail({ ...facts, title: name, body: name, characterName: name });
        expect(tags(html)).toBe(tags(wordEmail(facts).html));
      }),
    );
  });
});

describe('emailRetryMs', () => {
  it.each([
    [1, 1],
    [2, 4],
    [3, 16],
    [4, 64],
    [5, 240],
    [6, 240],
  ])('after %i tries waits %i minutes and a fifth at most', (tries, minutes) => {
    expect(emailRetryMs(tries, 0)).toBe(minutes * 60_000);
    expect(emailRetryMs(tries, 1)).toBe(minutes * 72_000);
  });

  it('gives up in less time than news stays news', () => {
    let waitedMs = 0;
    for (let tries = 1; tries < maxEmailTries; tries += 1) waitedMs += emailRetryMs(tries, 1);
    expect(waitedMs).toBeLessThan(24 * 3_600_000);
  });
});
