// The texts of one area of the shop, which travel with its pages only: `orders.t.cartTitle`. Its pages' +layout.ts awaits start().
import { i18n } from './index.svelte';
import type { Language } from './languages';

export class AreaTexts<Messages> {
  #loaders: Record<Language, () => Promise<Messages>>;
  #t = $state.raw<Messages | undefined>();

  constructor(loaders: Record<Language, () => Promise<Messages>>) {
    this.#loaders = loaders;
  }

  get t(): Messages {
    if (this.#t === undefined) throw new Error('the area has not started');
    return this.#t;
  }

  async start(): Promise<void> {
    if (this.#t !== undefined) return;
    await this.use(i18n.lang);
    i18n.areas.push(this);
  }

  async use(lang: Language): Promise<void> {
    this.#t = await this.#loaders[lang]();
  }
}
