// What the shopper has marked: in this browser, the same in all of its tabs.
import { Stored } from './stored.svelte';

const kFavouritesMax = 200;

function parse(text: string | null): readonly string[] {
  try {
    const ids: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string').slice(0, kFavouritesMax) : [];
  } catch {
    return [];
  }
}

class Favourites {
  #stored = new Stored<readonly string[]>('nozama.favourites', parse);

  // The newest first.
  get ids(): readonly string[] {
    return this.#stored.value;
  }

  has(id: string): boolean {
    return this.ids.includes(id);
  }

  toggle(id: string): void {
    const ids = this.#stored.fresh();
    this.#stored.value = ids.includes(id) ? ids.filter((one) => one !== id) : [id, ...ids].slice(0, kFavouritesMax);
  }
}

export const favourites = new Favourites();
