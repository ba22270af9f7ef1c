// What a shopper waits for, in the browser's own timeline (User Timing): from the photo to the results on the screen.
// `./dev bench storefront` reads them, and so does anyone with the browser's tools.
export type Step = 'photo-chosen' | 'photo-ready' | 'answer';

const kPrefix = 'nozama:';
let isWaiting = false;

export function markStep(step: Step): void {
  if (step === 'photo-chosen') isWaiting = true;
  else if (!isWaiting) return; // of a new crop, which begins with no photo
  performance.mark(kPrefix + step);
}

// To be called when the results are in the document; measures once a photo, when they have been painted.
export function measureResults(timingsMs: Record<string, number>): void {
  if (!isWaiting) return;
  isWaiting = false;
  requestAnimationFrame(() =>
    setTimeout(() => performance.measure(`${kPrefix}photo-to-results`, { start: `${kPrefix}photo-chosen`, detail: { timings_ms: timingsMs } })),
  );
}
