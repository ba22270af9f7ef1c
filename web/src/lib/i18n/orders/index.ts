import { AreaTexts } from '../area.svelte';
import type { OrderMessages } from './en';

export const orderTexts = new AreaTexts<OrderMessages>({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
});
