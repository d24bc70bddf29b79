import type { ProviderTrouble } from '@/lib/lora/list-provider-trouble';
import { LocalTime } from '../ui/local-time';
import { Notice } from '../ui/notice';

/** What an operator must know of the GPU providers; nothing while all is well. */
export function ProviderNotices({ trouble }: { trouble: readonly ProviderTrouble[] }) {
  return trouble.map(({ provider, kind, lastError, askedAgainAt }) => (
    <Notice
      key={provider}
      tone={kind === 'config' ? 'bad' : 'warn'}
      title={
        kind === 'config'
          ? `${provider} refuses us. New trainings wait for you.`
          : `${provider} does not answer. Trainings wait.`
      }
    >
      Asked again <LocalTime at={askedAgainAt} />. {lastError}
    </Notice>
  ));
}
