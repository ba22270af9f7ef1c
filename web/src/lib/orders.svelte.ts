// What this browser remembers of its orders: the finished ones and the one that is being written.
import type { Order, OrderContact, OrderRequest } from './api/orders';
import { Stored } from './stored.svelte';

export interface KnownOrder {
  id: string;
  token: string;
  total: number;
  currency: string;
  created: string;
}

const kKnownMax = 50;

function parse(text: string | null): readonly KnownOrder[] {
  try {
    const orders: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(orders) ? orders.filter((order: Partial<KnownOrder> | null) => typeof order?.id === 'string' && typeof order.token === 'string') : [];
  } catch {
    return [];
  }
}

class KnownOrders {
  #stored = new Stored<readonly KnownOrder[]>('nozama.orders', parse);

  get list(): readonly KnownOrder[] {
    return this.#stored.value;
  }

  add(order: Order): void {
    const known = { id: order.id, token: order.token ?? '', total: order.total, currency: order.currency, created: order.created };
    this.#stored.value = [known, ...this.#stored.fresh().filter((one) => one.id !== order.id)].slice(0, kKnownMax);
  }
}

export const knownOrders = new KnownOrders();

// The token stands behind the '#', which browsers never send.
export const orderAddress = (id: string, token: string): string => `/order/${encodeURIComponent(id)}${token === '' ? '' : `#${token}`}`;

const kDraftKey = 'nozama.checkout';
const kOrderKeyKey = 'nozama.order-key';

function readSession(key: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

function writeSession(key: string, value: unknown): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // storage may be forbidden: then a reload forgets it
  }
}

export type Draft = Required<OrderContact> & { note: string };

// What was typed survives a reload of this tab.
export function readDraft(fallback: Draft): Draft {
  const stored = readSession(kDraftKey);
  const draft = { ...fallback };
  if (typeof stored !== 'object' || stored === null) return draft;
  for (const name of Object.keys(draft) as (keyof Draft)[]) {
    const value = (stored as Record<string, unknown>)[name];
    if (typeof value === 'string') draft[name] = value;
  }
  return draft;
}

export const writeDraft = (draft: Draft): void => writeSession(kDraftKey, draft);

// One key for one order: a double click, a retry and a reload send the same again, a changed order is another one.
export function orderKey(order: OrderRequest): string {
  const text = JSON.stringify(order);
  const stored = readSession(kOrderKeyKey) as { key?: unknown; text?: unknown } | null;
  if (stored !== null && stored.text === text && typeof stored.key === 'string') return stored.key;
  // randomUUID() is for secure origins only; a shop in a home network may have none.
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  writeSession(kOrderKeyKey, { key, text });
  return key;
}

export function forgetOrderKey(): void {
  writeSession(kOrderKeyKey, null);
}
