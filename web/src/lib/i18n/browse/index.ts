import { AreaTexts } from '../area.svelte';
import type { BrowseMessages } from './en';

export const browseTexts = new AreaTexts<BrowseMessages>({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
});
