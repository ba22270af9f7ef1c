import { AreaTexts } from '../area.svelte';
import type { AdminCurationMessages } from './en';

export const adminCurationTexts = new AreaTexts<AdminCurationMessages>({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
});
