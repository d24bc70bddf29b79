'use client';

import { Monitor, Moon, Sun } from 'lucide-react';
import { useTheme } from 'next-themes';
import { useId } from 'react';
import { joinClasses } from './join-classes';
import { useHydrated } from './use-hydrated';

const choices = [
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
  { value: 'system', label: 'As the system', icon: Monitor },
] as const;

/** Light, dark, or as the system says. */
export function ThemeToggle({ className }: { className?: string }) {
  const name = useId();
  const { theme, setTheme } = useTheme();
  const hydrated = useHydrated();
  return (
    <fieldset
      className={joinClasses(
        'inline-flex gap-0.5 rounded-control border border-line bg-well p-0.5',
        className,
      )}
    >
      <legend className="sr-only">Theme</legend>
      {choices.map(({ value, label, icon: Icon }) => (
        <label
          key={value}
          title={label}
          className="relative flex h-7 w-9 items-center justify-center rounded-[6px] text-ink-3 hover:text-ink has-checked:bg-surface has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--line)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus pointer-coarse:h-10 pointer-coarse:w-11"
        >
          <input
            type="radio"
            name={name}
            value={value}
            checked={hydrated && theme === value}
            onChange={() => setTheme(value)}
            className="absolute inset-0 cursor-pointer appearance-none opacity-0"
          />
          <Icon className="size-4" aria-hidden="true" />
          <span className="sr-only">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
