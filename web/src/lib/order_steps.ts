// Where an order may go, as docs/orders.md says; the server refuses anything else.
import type { OrderStatus } from './api/orders';

export const kOrderStatuses: readonly OrderStatus[] = ['received', 'confirmed', 'sent', 'done', 'cancelled'];

export function isOrderStatus(text: string | null): text is OrderStatus {
  return kOrderStatuses.some((status) => status === text);
}

// What comes next in the ordinary course; nothing after the end.
export function nextStatus(status: OrderStatus): OrderStatus | undefined {
  const next: Partial<Record<OrderStatus, OrderStatus>> = { received: 'confirmed', confirmed: 'sent', sent: 'done' };
  return next[status];
}

export const mayCancel = (status: OrderStatus): boolean => nextStatus(status) !== undefined;
