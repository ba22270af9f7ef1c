import { describe, expect, it } from 'vitest';
import { isOrderStatus, kOrderStatuses, mayCancel, nextStatus } from './order_steps';

describe('an order', () => {
  it('goes from received to confirmed, sent and done', () => {
    expect(kOrderStatuses.map(nextStatus)).toEqual(['confirmed', 'sent', 'done', undefined, undefined]);
  });

  it('may be cancelled until it is done', () => {
    expect(kOrderStatuses.filter(mayCancel)).toEqual(['received', 'confirmed', 'sent']);
  });

  it('has no other status', () => {
    expect([isOrderStatus('sent'), isOrderStatus('lost'), isOrderStatus(null)]).toEqual([true, false, false]);
  });
});
