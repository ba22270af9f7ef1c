// Products that the shopper has looked at, the newest first: in this browser only, and sent nowhere.
import { Stored } from './stored.svelte';

const kKeptMax = 13; // a shelf beside the one that is being looked at

export function parseRecent(text: string | null): readonly string[] {
  try {
    const ids: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string').slice(0, kKeptMax) : [];
  } catch {
    return [];
  }
}

class Recent {
  #stored = new Stored<readonly string[]>('nozama.recent', parseRecent);

  get ids(): readonly string[] {
    return this.#stored.value;
  }

  add(id: string): void {
    this.#stored.value = [id, ...this.#stored.fresh().filter((other) => other !== id)].slice(0, kKeptMax);
  }

  remove(gone: readonly string[]): void {
    this.#stored.value = this.#stored.fresh().filter((id) => !gone.includes(id));
  }

  clear(): void {
    this.#stored.value = [];
  }
}

export const recent = new Recent();
