// Carts, orders and favourites, as functions.
import { ApiError, get, send, type Product } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Order = Schemas['Order'];
export type OrderLine = Schemas['OrderLine'];
export type OrderStatus = Schemas['OrderStatus'];
export type OrderContact = Schemas['OrderContact'];
export type OrderRequest = Schemas['OrderRequest'];
export type OrderPage = Schemas['OrderPage'];
export type CartRequest = Schemas['Cart'];
export type CheckedLine = Schemas['CheckedLine'];
export type LineProblem = NonNullable<CheckedLine['problem']>;

const orderPath = (id: string): string => `/api/v1/orders/${encodeURIComponent(id)}`;
const favouritePath = (id: string): string => `/api/v1/favourites/${encodeURIComponent(id)}`;

export const checkCart = async (cart: CartRequest): Promise<CheckedLine[]> =>
  (await send<{ lines: CheckedLine[] }>('POST', '/api/v1/cart', cart)).lines;

// The same key is the same order, however often it is sent.
export const placeOrder = (order: OrderRequest, key: string): Promise<Order> => send('POST', '/api/v1/orders', order, { 'Idempotency-Key': key });

// The lines as they are now, when that is why an order was refused.
export function refusedLines(error: unknown): CheckedLine[] | undefined {
  return error instanceof ApiError && 'lines' in error.problem ? (error.problem.lines as CheckedLine[]) : undefined;
}

export const getOrder = (id: string, token: string): Promise<Order> => get(orderPath(id), {}, undefined, token === '' ? {} : { 'X-Order-Token': token });

export const getOrders = (after?: string): Promise<OrderPage> => get('/api/v1/orders', { after });

export const getFavourites = async (lang: string): Promise<Product[]> => (await get<{ products: Product[] }>('/api/v1/favourites', { lang })).products;
export const addFavourite = (id: string): Promise<void> => send('PUT', favouritePath(id));
export const removeFavourite = (id: string): Promise<void> => send('DELETE', favouritePath(id));
