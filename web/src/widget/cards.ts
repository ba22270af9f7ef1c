// Results as links to the merchant's own pages.
import type { Hit } from '../lib/api/client';
import { formatNumber, formatPrice, pictureSrcset } from '../lib/format';
import type { Server } from './api';
import { element } from './dom';
import type { Texts } from './texts';

export interface CardOptions {
  server: Server;
  texts: Texts;
  lang: string;
  target: string; // of the links: "" or "_blank"
  onSelect: (hit: Hit, position: number) => void;
}

// The feed's address of the product, if a browser may follow it; else its page of our own storefront.
export function linkOf(hit: Hit, server: Server): string {
  const own = server.address(`/product/${encodeURIComponent(hit.product.id)}`);
  if (hit.product.url === null) return own;
  try {
    const url = new URL(hit.product.url, document.baseURI);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : own;
  } catch {
    return own;
  }
}

function picture(hit: Hit, server: Server): HTMLElement {
  const path = hit.product.image_url;
  if (path === null) return element('span', { class: 'blank' });
  const srcset = pictureSrcset(path)
    ?.split(', ')
    .map((part) => server.address(part))
    .map((part) => part.replace('%20', ' '))
    .join(', ');
  return element('img', { src: server.address(path), srcset, sizes: '160px', alt: '', loading: 'lazy', decoding: 'async', width: '320', height: '320', part: 'picture' });
}

export function cards(hits: readonly Hit[], first: number, options: CardOptions): HTMLLIElement[] {
  const { server, texts, lang } = options;
  return hits.map((hit, i) => {
    const { product } = hit;
    const rating = product.rating === null ? undefined : formatNumber(product.rating, lang, 1);
    const link = element(
      'a',
      { class: 'card', part: 'card', href: linkOf(hit, server), target: options.target || undefined, rel: options.target ? 'noopener' : undefined, onclick: () => options.onSelect(hit, first + i) },
      picture(hit, server),
      element('span', { class: 'title', part: 'title' }, product.title),
      product.brand === null ? undefined : element('span', { class: 'small', part: 'brand' }, product.brand),
      element('span', { class: 'price', part: 'price' }, formatPrice(product.price, product.currency, lang)),
      rating === undefined ? undefined : element('span', { class: 'small', part: 'rating', role: 'img', 'aria-label': texts.rated(rating) }, `★ ${rating}`),
      product.in_stock ? undefined : element('span', { class: 'small', part: 'stock' }, texts.outOfStock),
    );
    return element('li', {}, link);
  });
}
