// <nozama-similar product="SKU-1" endpoint="https://search.shop.example">: a shelf of products that look like one.
import { ApiError } from '../lib/api/client';
import { NozamaElement } from './base';
import { cards } from './cards';
import { element } from './dom';

export class NozamaSimilar extends NozamaElement {
  protected draw(): void {
    const product = this.getAttribute('product') ?? '';
    this.root.replaceChildren(this.status);
    if (product !== '') void this.#load(product);
  }

  async #load(product: string): Promise<void> {
    // A shelf that has nothing to show is not there: a new product may not be in the feed yet.
    const load = (signal: AbortSignal) =>
      this.server.similar(product, { lang: this.lang_, limit: this.limit }, signal).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'unknown_product') return [];
        throw error;
      });
    const hits = await this.ask(load, () => void this.#load(product));
    if (hits === undefined) return;
    this.say('');
    if (hits.length > 0) {
      const title = element('h2', { part: 'heading', id: 'heading' }, this.getAttribute('heading') ?? this.texts.similar);
      this.root.replaceChildren(
        element('section', { 'aria-labelledby': 'heading' }, title, element('ul', { class: 'results row', part: 'results', tabindex: '0', 'aria-labelledby': 'heading' }, ...cards(hits, 1, this.cardOptions(undefined)))),
      );
    } else {
      this.root.replaceChildren();
    }
    this.tell('nozama-results', { total: hits.length, products: hits.map((hit) => hit.product.id) });
  }
}
