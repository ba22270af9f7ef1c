// The visitor's language as state: `i18n.t.retry`, `i18n.lang`.
import { en, type Messages } from './en';
import { kLoaders, pickLanguage, type Language } from './languages';

const kStorageKey = 'nozama.language';

class I18n {
  lang = $state<Language>('en');
  t = $state.raw<Messages>(en);
  readonly areas: { use: (lang: Language) => Promise<void> }[] = []; // whose texts change with the language

  // An address with ?lang=, as search engines and translated links have it, counts more than what was chosen before.
  async start(params: URLSearchParams = new URLSearchParams(location.search)): Promise<void> {
    let chosen = params.get('lang');
    try {
      chosen ??= localStorage.getItem(kStorageKey);
    } catch {
      // storage may be forbidden: the browser's preference then decides each time
    }
    await this.use(pickLanguage(chosen, navigator.languages));
  }

  async choose(lang: Language): Promise<void> {
    await this.use(lang);
    try {
      localStorage.setItem(kStorageKey, lang);
    } catch {
      // as above
    }
  }

  private async use(lang: Language): Promise<void> {
    try {
      const [t] = await Promise.all([kLoaders[lang](), ...this.areas.map((area) => area.use(lang))]);
      this.t = t;
      this.lang = lang;
    } catch {
      return; // offline: the language that is there stays
    }
    document.documentElement.lang = lang;
  }
}

export const i18n = new I18n();
