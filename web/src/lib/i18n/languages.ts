// Which languages there are, and which one a visitor wants. No DOM.
import { en, type Messages } from './en';

export const kLanguages = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', ja: '日本語' } as const;
export type Language = keyof typeof kLanguages;

// English travels with the page, the others on demand.
export const kLoaders: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de')).messages,
  fr: async () => (await import('./fr')).messages,
  es: async () => (await import('./es')).messages,
  ja: async () => (await import('./ja')).messages,
};

export function isLanguage(code: string): code is Language {
  return Object.hasOwn(kLanguages, code);
}

// The first of the visitor's languages that we have: what was chosen before, then what the browser prefers.
export function pickLanguage(chosen: string | null, preferred: readonly string[]): Language {
  for (const tag of [chosen ?? '', ...preferred]) {
    const base = tag.toLowerCase().split('-')[0] ?? '';
    if (isLanguage(base)) return base;
  }
  return 'en';
}
