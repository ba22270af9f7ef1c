import { AreaTexts } from '../area.svelte';
import type { AboutMessages } from './en';

export const aboutTexts = new AreaTexts<AboutMessages>({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
});
