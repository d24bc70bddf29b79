import { SubmitButton } from '../ui/submit-button';

export interface SignInProvider {
  id: string;
  /** "GitHub", "Google". */
  name: string;
}

interface ProviderButtonsProps {
  providers: readonly SignInProvider[];
  /** Called with a form that holds `provider`. */
  action: (formData: FormData) => void | Promise<void>;
}

/** Other ways in, when the operator has set them up. */
export function ProviderButtons({ providers, action }: ProviderButtonsProps) {
  if (providers.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      <p className="flex items-center gap-3 text-small text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        or
      </p>
      {providers.map(({ id, name }) => (
        <form key={id} action={action}>
          <input type="hidden" name="provider" value={id} />
          <SubmitButton wide>Continue with {name}</SubmitButton>
        </form>
      ))}
    </div>
  );
}
