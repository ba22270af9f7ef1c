import { AreaTexts } from '../area.svelte';
import type { AdminSettingsMessages } from './en';

export const adminSettingsTexts = new AreaTexts<AdminSettingsMessages>({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
});
