'use client';

import { type MouseEvent, type PointerEvent, useCallback, useEffect, useRef } from 'react';

const holdMs = 350;
const movedPx = 10;

/**
 * A finger that rests on a print for 350 ms and does not wander. An extra: whatever it does has a
 * button too. `happened` stays true until the next touch, so that letting go does nothing more.
 */
export function useLongPress(onLongPress: (id: string) => void) {
  const press = useRef<{ x: number; y: number; timer: ReturnType<typeof setTimeout> }>(undefined);
  const done = useRef(false);
  const touched = useRef(false);

  const stop = useCallback(() => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  }, []);
  useEffect(() => stop, [stop]);

  return {
    happened: () => done.current,
    handlers: {
      onPointerDownCapture({ target, pointerType, clientX: x, clientY: y }: PointerEvent) {
        stop();
        done.current = false;
        touched.current = pointerType === 'touch';
        if (!touched.current || !(target instanceof Element)) return;
        if (target.closest('button, input')) return;
        const id = target.closest<HTMLElement>('[data-key]')?.dataset.key;
        if (!id) return;
        const timer = setTimeout(() => {
          done.current = true;
          // The print must not take the finger's leaving for a press.
          target.dispatchEvent(new window.PointerEvent('pointercancel', { bubbles: true }));
          onLongPress(id);
        }, holdMs);
        press.current = { x, y, timer };
      },
      onPointerMoveCapture({ clientX, clientY }: PointerEvent) {
        const from = press.current;
        if (from && Math.hypot(clientX - from.x, clientY - from.y) > movedPx) stop();
      },
      onPointerUpCapture: stop,
      onPointerCancelCapture: stop,
      onContextMenu(event: MouseEvent) {
        if (touched.current) event.preventDefault();
      },
    },
  };
}
