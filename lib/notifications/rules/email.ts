import type { NotificationType, WordedNotice } from './wording.ts';

/** Which notices are worth an e-mail: what ended, and what waits for the creator. */
const isMailed: Record<NotificationType, boolean> = {
  'lora.training.started': false,
  'lora.training.progress': true,
  'lora.training.completed': true,
  'lora.training.failed': true,
  'lora.training.not-started': true,
  'lora.retrain.available': true,
  'lora.model.expiring': true,
  'lora.model.expiring-soon': true,
  'lora.model.expired': true,
};

export function isMailedType(type: NotificationType): boolean {
  return isMailed[type];
}

/** Tries at a mail server that refuses for now, over about half a day. */
export const maxEmailTries = 7;

/** What has waited longer is no news any more and is not sent. */
export const emailMaxAgeMs = 48 * 3_600_000;

const minuteMs = 60_000;

/** The wait after so many tries: 1, 4, 16 and 64 minutes, then 4 hours; `random` (0 to 1) adds a fifth. */
export function emailRetryMs(tries: number, random: number): number {
  const full = Math.min(240 * minuteMs, minuteMs * 4 ** Math.max(0, tries - 1));
  return Math.round(full * (1 + random / 5));
}

interface EmailFacts extends Pick<WordedNotice, 'title' | 'body' | 'href'> {
  characterName: string;
  /** Where e-mails about this character are switched off. */
  settingsPath: string;
  appUrl: string;
}

/**
 * A notice as an e-mail, in plain text and in HTML that says the same. Nothing is fetched when it is
 * read: no picture, no counted link.
 */
export function wordEmail(facts: EmailFacts): { subject: string; text: string; html: string } {
  const { title, body, href, characterName, settingsPath, appUrl } = facts;
  const link = `${appUrl}${href}`;
  const settings = `${appUrl}${settingsPath}`;
  const why = `You get this because e-mails are switched on for`;
  return {
    // One line, whatever is in a name.
    subject: title.replace(/\p{Cc}+/gu, ' '),
    text: [
      title,
      '',
      body,
      '',
      `Open it in Likeness: ${link}`,
      '',
      '-- ',
      `${why} \u2068${characterName}\u2069. Switch them off in its settings:`,
      settings,
      '',
    ].join('\n'),
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title></head>
<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#1b1d20;background:#f9f9f8">
<div style="max-width:512px;margin:0 auto;padding:24px;background:#fff;border:1px solid #e0e0de;border-radius:12px">
<h1 style="margin:0 0 8px;font-size:20px;line-height:1.3">${escaped(title)}</h1>
<p style="margin:0 0 24px">${escaped(body)}</p>
<p style="margin:0"><a href="${escaped(link)}" style="display:inline-block;padding:10px 16px;border-radius:8px;background:#1b4f82;color:#fff;text-decoration:none">Open it in Likeness</a></p>
</div>
<p style="max-width:512px;margin:16px auto 0;padding:0 24px;font-size:13px;color:#5c5f63">${why} <bdi>${escaped(characterName)}</bdi>. <a href="${escaped(settings)}" style="color:#1b4f82">Switch them off in its settings</a>.</p>
</body>
</html>
`,
  };
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
