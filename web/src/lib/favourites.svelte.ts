// What the shopper has marked: in this browser, the same in all of its tabs; with an account it is the account's.
import { addFavourite, getFavourites, removeFavourite } from './api/orders';
import { tell } from './events';
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
  #joined = $state(false);

  // The newest first.
  get ids(): readonly string[] {
    return this.#stored.value;
  }

  get isOfAccount(): boolean {
    return this.#joined;
  }

  has(id: string): boolean {
    return this.ids.includes(id);
  }

  toggle(id: string): void {
    const ids = this.#stored.fresh();
    const was = ids.includes(id);
    this.#set(id, !was);
    if (!was) tell('favourite', [id]);
    if (!this.#joined) return;
    // Shown at once; taken back when the shop does not take it.
    (was ? removeFavourite(id) : addFavourite(id)).catch(() => this.#set(id, was));
  }

  // What was marked before signing in is the account's from now on.
  async join(): Promise<void> {
    try {
      const known = (await getFavourites('en')).map((product) => product.id);
      const added = this.#stored.fresh().filter((id) => !known.includes(id));
      await Promise.allSettled(added.map(addFavourite)); // a product that is gone is not added
      this.#stored.value = [...added, ...known].slice(0, kFavouritesMax);
      this.#joined = true;
    } catch {
      // they stay in this browser
    }
  }

  // The next one at this browser sees none of them.
  leave(): void {
    if (this.#joined) this.#stored.value = [];
    this.#joined = false;
  }

  #set(id: string, marked: boolean): void {
    const others = this.#stored.fresh().filter((one) => one !== id);
    this.#stored.value = marked ? [id, ...others].slice(0, kFavouritesMax) : others;
  }
}

export const favourites = new Favourites();
