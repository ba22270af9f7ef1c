import { describe, expect, it } from 'vitest';
import { kLanguages, kLoaders, pickLanguage, type Language } from './languages';

describe('the language', () => {
  it('is the one chosen before, then the browser’s, then English', () => {
    expect(pickLanguage('ja', ['de-AT', 'en'])).toBe('ja');
    expect(pickLanguage(null, ['pt-BR', 'de-AT', 'en'])).toBe('de');
    expect(pickLanguage('klingon', ['pt'])).toBe('en');
    expect(pickLanguage('constructor', [])).toBe('en');
  });

  it.each(Object.keys(kLanguages) as Language[])('%s has a text for everything', async (code) => {
    const messages = await kLoaders[code]();
    for (const [key, value] of Object.entries(messages)) {
      const text = typeof value === 'string' ? value : (value as (...args: unknown[]) => string)(2, 2, 2, 2);
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toContain('undefined');
    }
  });
});
