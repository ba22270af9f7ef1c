// One script for other shops' pages: <nozama-search>, <nozama-similar>, and `nozama.cart()` and `nozama.order()` for what came of a search.
import { Server } from './api';
import { mayTrack, reportOutcome, type Ordered } from './attribution';
import { NozamaSearch } from './search-element';
import { NozamaSimilar } from './similar-element';

// Of the page's own element, else of the address that this script came from.
const script = document.currentScript as HTMLScriptElement | null;

function report(kind: 'cart' | 'order', products: readonly Ordered[]): void {
  const host = document.querySelector('nozama-search, nozama-similar') ?? script;
  if (host === null || !mayTrack(host)) return;
  const endpoint = host.getAttribute('endpoint') ?? (script === null ? location.origin : new URL(script.src).origin);
  reportOutcome(new Server(endpoint, host.getAttribute('key') ?? script?.dataset['key'] ?? ''), kind, products);
}

const nozama = {
  cart: (products: readonly Ordered[]): void => report('cart', products),
  order: (products: readonly Ordered[]): void => report('order', products),
};

declare global {
  interface Window {
    nozama: typeof nozama;
  }
}

window.nozama = nozama;
if (customElements.get('nozama-search') === undefined) customElements.define('nozama-search', NozamaSearch);
if (customElements.get('nozama-similar') === undefined) customElements.define('nozama-similar', NozamaSimilar);
