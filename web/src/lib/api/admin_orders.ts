// Every order, for the shop's people.
import { get, send } from './client';
import type { Order, OrderPage, OrderStatus } from './orders';

const orderPath = (id: string): string => `/api/v1/admin/orders/${encodeURIComponent(id)}`;

export interface OrderQuery {
  status?: OrderStatus | undefined;
  text?: string | undefined;
  after?: string | undefined;
  limit: number;
}

export const listOrders = (query: OrderQuery): Promise<OrderPage> => get('/api/v1/admin/orders', { ...query });
export const getAnyOrder = (id: string): Promise<Order> => get(orderPath(id), {});
export const changeOrder = (id: string, status: OrderStatus): Promise<Order> => send('PATCH', orderPath(id), { status });
