import { formatCount } from '@/lib/format';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';

interface NewLikesBannerProps {
  count: number;
  onChooseImages: () => void;
  onDismiss: () => void;
  /** It could not be dismissed. */
  failed: boolean;
}

/** Liked images that the model has yet to learn: a line that can be waved away (Q4, AC-5). */
export function NewLikesBanner({ count, onChooseImages, onDismiss, failed }: NewLikesBannerProps) {
  return (
    <Notice
      title={`${formatCount(count, 'liked image is', 'liked images are')} not in this model yet.`}
      actions={
        <>
          <Button size="small" onClick={onChooseImages}>
            Choose images
          </Button>
          <Button size="small" variant="quiet" onClick={onDismiss}>
            Dismiss
          </Button>
        </>
      }
    >
      Retrain for better results.
      {failed && (
        <span role="alert" className="mt-1 block text-small text-bad">
          Couldn't dismiss. Try again.
        </span>
      )}
    </Notice>
  );
}
