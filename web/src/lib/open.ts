// From a photo, wherever it came from, to the page with its results.
import { goto } from '$app/navigation';
import { session } from './search.svelte';

export async function openPhoto(file: Blob): Promise<void> {
  const opened = session.openPhoto(file);
  await goto('/search');
  await opened;
}

export async function openSample(url: string): Promise<void> {
  let file: Blob | undefined;
  try {
    const response = await fetch(url);
    if (response.ok) file = await response.blob();
  } catch {
    // offline
  }
  if (file) return openPhoto(file);
  session.refuse('offline');
  await goto('/search');
}

// Only where the shop fetches pictures.
export async function openUrl(url: string): Promise<void> {
  const opened = session.openUrl(url);
  await goto('/search');
  await opened;
}

// Text or a link was dropped or pasted where a photo is wanted.
export async function refuseDrop(): Promise<void> {
  session.refuse('missing_query');
  await goto('/search');
}
