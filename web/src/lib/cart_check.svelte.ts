// Holds the cart against the catalogue whenever it changes, in whatever tab.
import { checkCart, type CheckedLine } from './api/orders';
import { answerFor, cartRequest, type CartLine } from './cart';
import { cart } from './cart.svelte';
import { failureOf, type Failure } from './search.svelte';

export class CartCheck {
  checked = $state.raw<readonly CheckedLine[]>([]);
  before = $state.raw<readonly CartLine[]>([]); // as it was when the shopper came, for prices that have changed
  failure = $state.raw<Failure | undefined>();
  #turn = 0;

  // What the catalogue says is taken over; what was seen before stays in `before`.
  take(lines: readonly CheckedLine[]): void {
    if (this.before.length === 0) this.before = cart.lines;
    cart.follow(lines);
    this.checked = lines;
  }

  async run(lang: string): Promise<void> {
    const turn = ++this.#turn;
    this.failure = undefined;
    if (cart.lines.length === 0) return;
    try {
      const lines = await checkCart(cartRequest(cart.lines, lang));
      if (turn === this.#turn) this.take(lines);
    } catch (error) {
      if (turn === this.#turn) this.failure = failureOf(error);
    }
  }

  // Something that cannot be ordered as it is; a changed price can.
  get isBlocked(): boolean {
    return cart.lines.some((line) => {
      const answer = answerFor(this.checked, line);
      if (answer?.problem === 'out_of_stock') return line.quantity > (answer.available ?? 0);
      return answer !== undefined && answer.problem !== null && answer.problem !== 'price_changed';
    });
  }
}
