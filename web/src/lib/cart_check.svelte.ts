// Holds the cart against the catalogue whenever it changes, in whatever tab.
import { checkCart, type CheckedLine } from './api/orders';
import { answerFor, cartRequest, without, type CartLine } from './cart';
import { cart } from './cart.svelte';
import { failureOf, type Failure } from './search.svelte';

export class CartCheck {
  checked = $state.raw<readonly CheckedLine[]>([]);
  before = $state.raw<readonly CartLine[]>([]); // lines whose price has changed, as the shopper saw them
  failure = $state.raw<Failure | undefined>();
  #turn = 0;

  // What the catalogue says is taken over.
  take(lines: readonly CheckedLine[]): void {
    const before = cart.lines;
    cart.follow(lines);
    const changed = before.filter((line, i) => cart.lines[i]?.price !== line.price);
    this.before = [...changed, ...without(this.before, changed)];
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
