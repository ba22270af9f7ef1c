// What every page wants to know about the shop: asked once, again on a change of language.
import { getCategories, getShop, type Category, type Shop } from './api/client';
import { failureOf, type Failure } from './search.svelte';

class ShopState {
  info = $state.raw<Shop | undefined>();
  categories = $state.raw<readonly Category[] | undefined>();
  failure = $state.raw<Failure | undefined>();

  #lang = '';

  async load(lang: string): Promise<void> {
    if (lang === this.#lang && this.failure === undefined) return;
    this.#lang = lang;
    this.failure = undefined;
    try {
      const [info, categories] = await Promise.all([this.info ?? getShop(), getCategories(lang)]);
      if (lang !== this.#lang) return; // a newer one is on its way
      this.info = info;
      this.categories = categories;
    } catch (error) {
      if (lang === this.#lang) this.failure = failureOf(error);
    }
  }

  get name(): string {
    return this.info?.name || 'Nozama';
  }

  childrenOf(slug: string | null): readonly Category[] {
    return this.categories?.filter((category) => category.parent === slug) ?? [];
  }

  category(slug: string): Category | undefined {
    return this.categories?.find((category) => category.slug === slug);
  }
}

export const shop = new ShopState();
