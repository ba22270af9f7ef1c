// What came of a search: clicks, views, carts, orders and favourites told to the shop's own server, by product and search, never by person.
// The server keeps them only while an admin has switched the log on.

export type EventKind = 'click' | 'view' | 'cart' | 'order' | 'favourite';

// How a product was found.
export interface Found {
  queryId: string;
  position: number; // the first result has 1
}

const kStore = 'nozama.found';
const kKeptMax = 50;

export interface Signals {
  doNotTrack?: string | null;
  globalPrivacyControl?: boolean;
}

// The shopper's browser may say no.
export const mayTell = (signals: Signals): boolean => signals.doNotTrack !== '1' && signals.globalPrivacyControl !== true;

function remembered(): [product: string, found: Found][] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(kStore) ?? '[]');
    return Array.isArray(stored) ? (stored as [string, Found][]).filter((one) => Array.isArray(one) && typeof one[1]?.queryId === 'string') : [];
  } catch {
    return []; // storage is forbidden, or somebody wrote there
  }
}

function remember(product: string, found: Found): void {
  try {
    sessionStorage.setItem(kStore, JSON.stringify([[product, found], ...remembered().filter(([other]) => other !== product)].slice(0, kKeptMax)));
  } catch {
    // without storage later steps are not attributed
  }
}

function send(kind: EventKind, products: readonly string[]): void {
  if (products.length === 0 || !mayTell(navigator)) return;
  const known = new Map(remembered());
  const events = products.map((product_id) => {
    const found = known.get(product_id);
    return { kind, product_id, ...(found === undefined ? {} : { query_id: found.queryId, position: found.position }) };
  });
  const body = JSON.stringify({ events });
  // A click's outlives the page that is being left; nobody waits for it, and nothing is lost when it is.
  const keepalive = kind === 'click';
  fetch('/api/v1/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, keepalive })
    .then((answer) => answer.text()) // a request whose answer nobody reads stays open
    .catch(() => undefined);
}

export function tellClick(product: string, found: Found | undefined): void {
  if (found === undefined || !mayTell(navigator)) return;
  remember(product, found);
  send('click', [product]);
}

// Attributed to the search that the product was found by, if it was.
export function tell(kind: Exclude<EventKind, 'click'>, products: readonly string[]): void {
  send(kind, [...new Set(products)]);
}
