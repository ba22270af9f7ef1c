// What came of a search: clicks, carts and orders told to the shop's own server, by product and search, never by person.
import type { Server } from './api';

const kStore = 'nozama-seen';
const kKeptMax = 50;

interface Seen {
  product: string;
  query: string | undefined; // of none: a click on a shelf of similar products
  position: number;
}

export interface Ordered {
  product_id: string;
}

// The shopper's browser says no, or the merchant does.
export function mayTrack(host: Element): boolean {
  const signal = navigator as Navigator & { globalPrivacyControl?: boolean };
  return !host.hasAttribute('data-no-tracking') && signal.globalPrivacyControl !== true && navigator.doNotTrack !== '1';
}

function seen(): Seen[] {
  try {
    return JSON.parse(sessionStorage.getItem(kStore) ?? '[]') as Seen[];
  } catch {
    return []; // storage is off, or another script wrote there
  }
}

function remember(one: Seen): void {
  try {
    sessionStorage.setItem(kStore, JSON.stringify([one, ...seen().filter((other) => other.product !== one.product)].slice(0, kKeptMax)));
  } catch {
    // Without storage orders are not attributed.
  }
}

export function reportClick(server: Server, product: string, query: string | undefined, position: number): void {
  const click = { product, query, position };
  remember(click);
  server.report([event('click', click)]);
}

// A position is one of a search's results.
function event(kind: string, { product, query, position }: Seen): object {
  return query === undefined ? { kind, product_id: product } : { kind, product_id: product, query_id: query, position };
}

// For the merchant's own pages: what of these came from a search or a shelf.
export function reportOutcome(server: Server, kind: 'cart' | 'order', products: readonly Ordered[]): void {
  const known = seen();
  const events = products.flatMap(({ product_id }) => {
    const found = known.find((one) => one.product === product_id);
    return found ? [event(kind, found)] : [];
  });
  if (events.length > 0) server.report(events);
}
