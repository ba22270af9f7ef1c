import { describe, expect, it } from 'vitest';
import { attributeLabel, creditOf, formatPrice, formatProbability, keyLabel, licenceUrl, pictureSrcset, pictureUrl, plainAttributes, safeUrl, sizeOf, starFills } from './format';

describe('prices', () => {
  it('follow language and currency', () => {
    expect(formatPrice(1234.5, 'EUR', 'en')).toBe('€1,234.50');
    expect(formatPrice(1234.5, 'EUR', 'de').replaceAll('\u00a0', ' ')).toBe('1.234,50 €');
    expect(formatPrice(1200, 'JPY', 'en')).toBe('¥1,200');
  });
  it('are empty when unknown and never throw', () => {
    expect(formatPrice(null, 'EUR', 'en')).toBe('');
    expect(formatPrice(5, 'not a code', 'en')).toBe('5 not a code');
    expect(formatPrice(5, null, 'en')).toBe('5');
  });
});

it('never shows an offered category as impossible', () => {
  expect(formatProbability(0.004, 'en')).toBe('<1%');
  expect(formatProbability(0.824, 'en')).toBe('82%');
  expect(formatProbability(0, 'en')).toBe('0%');
});

it('fills stars in quarters', () => {
  expect(starFills(3.6)).toEqual([1, 1, 1, 0.5, 0]);
  expect(starFills(5)).toEqual([1, 1, 1, 1, 1]);
  expect(starFills(-1)).toEqual([0, 0, 0, 0, 0]);
});

it('names a picture at other widths', () => {
  expect(pictureUrl('/media/ab/320.webp', 640)).toBe('/media/ab/640.webp');
  expect(pictureUrl('/samples/a.webp', 640)).toBe('/samples/a.webp');
  expect(pictureSrcset('/media/ab/320.webp')).toBe('/media/ab/160.webp 160w, /media/ab/320.webp 320w, /media/ab/640.webp 640w');
  expect(pictureSrcset('/media/ab/320.webp', 160)).toBe('/media/ab/160.webp 160w');
  expect(pictureSrcset('/media/ab/320.webp', 1280)).toMatch(/640w, \/media\/ab\/1280.webp 1280w$/);
  expect(pictureSrcset('/samples/a.webp')).toBeUndefined();
});

describe('attributes', () => {
  const attributes = [
    { name: 'width_cm', value: '60' },
    { name: 'depth_cm', value: '40.5' },
    { name: 'height_cm', value: '90' },
    { name: 'creator', value: 'Scopia' },
    { name: 'licence', value: 'CC-BY 3.0' },
    { name: 'colour', value: 'oak' },
    { name: 'note', value: '' },
  ];
  it('are split into size, credit and the rest', () => {
    expect(sizeOf(attributes, 'en')).toBe('60 × 40.5 × 90 cm');
    expect(creditOf(attributes)).toEqual({ creator: 'Scopia', licence: 'CC-BY 3.0', source: '' });
    expect(plainAttributes(attributes, 'en')).toEqual([{ name: 'colour', value: 'oak' }]);
  });
  it('keep single sides when the size is not complete', () => {
    expect(plainAttributes(attributes.slice(0, 1), 'en')).toEqual([{ name: 'width_cm', value: '60' }]);
    expect(creditOf([])).toBeUndefined();
  });
  it('get labels that people read', () => {
    expect(attributeLabel('seat_height_cm')).toBe('Seat height (cm)');
    expect(attributeLabel('colour')).toBe('Colour');
    expect(keyLabel('light-grey')).toBe('Light grey');
  });
});

it('links the licences it knows', () => {
  expect(licenceUrl('CC-BY 3.0')).toBe('https://creativecommons.org/licenses/by/3.0/');
  expect(licenceUrl('CC-BY-SA 4.0')).toBe('https://creativecommons.org/licenses/by-sa/4.0/');
  expect(licenceUrl('CC-BY-3.0-US')).toBe('https://creativecommons.org/licenses/by/3.0/us/');
  expect(licenceUrl('CC0-1.0')).toContain('publicdomain/zero');
  expect(licenceUrl('All rights reserved')).toBeUndefined();
});

it('follows no address that runs code', () => {
  expect(safeUrl('javascript:alert(1)')).toBeUndefined();
  expect(safeUrl('data:text/html,x')).toBeUndefined();
  expect(safeUrl('https://shop.example/a')).toBe('https://shop.example/a');
  expect(safeUrl(null)).toBeUndefined();
});
