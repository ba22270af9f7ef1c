// The shopper's cart: in this browser, the same in all of its tabs.
import type { CheckedLine } from './api/orders';
import { parseCart, withAnswer, without, withLine, withQuantity, type CartLine } from './cart';
import { Stored } from './stored.svelte';

class Cart {
  #stored = new Stored<readonly CartLine[]>('nozama.cart', parseCart);

  get lines(): readonly CartLine[] {
    return this.#stored.value;
  }

  get count(): number {
    return this.lines.reduce((sum, line) => sum + line.quantity, 0);
  }

  get currency(): string {
    return this.lines[0]?.currency ?? 'EUR';
  }

  add(line: CartLine): void {
    this.#stored.value = withLine(this.#stored.fresh(), line);
  }

  setQuantity(line: CartLine, quantity: number): void {
    this.#stored.value = withQuantity(this.#stored.fresh(), line, quantity);
  }

  remove(gone: readonly CartLine[]): void {
    this.#stored.value = without(this.#stored.fresh(), gone);
  }

  follow(checked: readonly CheckedLine[]): void {
    const before = this.#stored.fresh();
    const after = withAnswer(before, checked);
    if (JSON.stringify(after) !== JSON.stringify(before)) this.#stored.value = after;
  }
}

export const cart = new Cart();
