import { describe, expect, it } from 'vitest';
import { kLanguages, kLoaders, pickLanguage, type Language } from './languages';

describe('the language', () => {
  it('is the one chosen before, then the browser’s, then English', () => {
    expect(pickLanguage('ja', ['de-AT', 'en'])).toBe('ja');
    expect(pickLanguage(null, ['pt-BR', 'de-AT', 'en'])).toBe('de');
    expect(pickLanguage('klingon', ['pt'])).toBe('en');
    expect(pickLanguage('constructor', [])).toBe('en');
  });

  const areas = import.meta.glob<Record<string, unknown>>(['./*/*.ts', '!./*/index.ts'], { eager: true });
  const areaOf = (path: string): string => path.split('/')[1] ?? '';
  const texts = (path: string): Record<string, unknown> => {
    const module = areas[path] ?? {};
    return (module['messages'] ?? module['en'] ?? {}) as Record<string, unknown>;
  };

  it.each([...new Set(Object.keys(areas).map(areaOf))])('has every text of the area %s', (area) => {
    const wanted = Object.keys(texts(`./${area}/en.ts`)).sort();
    expect(wanted.length).toBeGreaterThan(0);
    for (const code of Object.keys(kLanguages)) {
      const messages = texts(`./${area}/${code}.ts`);
      expect(Object.keys(messages).sort(), code).toEqual(wanted);
      for (const [key, value] of Object.entries(messages)) {
        const text = typeof value === 'string' ? value : (value as (...args: unknown[]) => string)(2, 2, 2, 2);
        expect(text.trim(), `${code} ${key}`).not.toBe('');
        expect(text, `${code} ${key}`).not.toContain('undefined');
      }
    }
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
