/** An e-mail as we hand it over. Plain text says everything; HTML says the same. */
export interface MailMessage {
  /** Message-ID with its angle brackets; the same for the same e-mail, however often it is tried. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  date: Date;
}

/** Somewhere e-mails can be handed over. Adapters: a mail server, and a folder to look into. */
export interface MailTransport {
  /** Resolves once it is taken over. Throws `MailError`. */
  send(message: MailMessage): Promise<void>;
}

/**
 * Why it was not taken over: `temporary` (surely not taken, worth another try), `refused` (it never
 * will be), `unknown` (handed over, no answer came: it may be on its way).
 */
export type MailErrorKind = 'temporary' | 'refused' | 'unknown';

export class MailError extends Error {
  override readonly name = 'MailError';
  readonly kind: MailErrorKind;

  constructor(kind: MailErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
