// What a shopper reads when something failed, and whether asking again can help.
import type { FailureCode } from './api/client';
import type { Messages } from './i18n/en';

export function failureText(code: FailureCode, t: Messages): string {
  switch (code) {
    case 'offline':
      return t.errorOffline;
    case 'busy':
      return t.errorBusy;
    case 'not_ready':
    case 'stopping':
      return t.errorNotReady;
    case 'timeout':
    case 'request_timeout':
      return t.errorTimeout;
    case 'unsupported_image':
    case 'unsupported_media_type':
      return t.errorUnsupported;
    case 'damaged_image':
      return t.errorDamaged;
    case 'image_too_large':
    case 'payload_too_large':
      return t.errorTooLarge;
    case 'stale_vector':
      return t.errorStale;
    case 'bad_vector':
      return t.errorBadLink;
    case 'bad_filter':
    case 'bad_facet':
      return t.errorBadFilter;
    case 'missing_query':
      return t.errorNoImage;
    case 'bad_url':
    case 'fetch_refused':
    case 'fetch_failed':
    case 'fetch_off':
    case 'fetch_too_large':
    case 'not_a_picture':
      return t.errorUrl;
    case 'unknown_category':
      return t.errorUnknownCategory;
    case 'unknown_product':
    case 'unknown_feedback':
      return t.errorUnknownProduct;
    case 'not_found':
      return t.pageNotFound;
    default:
      return t.errorInternal;
  }
}

const kFinal: readonly FailureCode[] = [
  'unsupported_image',
  'unsupported_media_type',
  'damaged_image',
  'image_too_large',
  'payload_too_large',
  'stale_vector',
  'bad_vector',
  'bad_filter',
  'bad_facet',
  'missing_query',
  'bad_url',
  'fetch_refused',
  'fetch_off',
  'fetch_too_large',
  'not_a_picture',
  'unknown_category',
  'unknown_product',
  'unknown_feedback',
  'not_found',
];

export const canRetry = (code: FailureCode): boolean => !kFinal.includes(code);
