import type { ActView } from '@/lib/acts/list-acts';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';

/** What happened to the account, for its owner to recognise, or not. */
export function AccountActs({ acts }: { acts: ActView[] }) {
  return (
    <Panel
      title="What happened to your account"
      description="If you do not recognise something, change your password and revoke your tokens."
    >
      {acts.length === 0 ? (
        <p className="text-ink-2">Nothing yet.</p>
      ) : (
        <ol className="flex flex-col">
          {acts.map(({ id, words, at }) => (
            <li
              key={id}
              className="flex flex-col gap-x-4 border-t border-line py-2 first:border-t-0 sm:flex-row sm:justify-between"
            >
              <span>{words}</span>
              <LocalTime at={at} as="moment" className="flex-none text-small text-ink-2" />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
