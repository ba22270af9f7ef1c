import { describe, expect, it } from 'vitest';
import type { Colour, HeatGrid, Region } from './api/client';
import { en } from './i18n/en';
import { buttonSpots, colourFilter, colourText, hottestPlace, isColourName, offeredColours, reasonTexts, regionAt } from './looks';

const whole = { x: 0, y: 0, w: 1, h: 1 };
const region = (x: number, y: number, w: number, h: number): Region => ({ box: { x, y, w, h }, score: 0.5, vector: 'AAAA' });
const colour = (name: string): Colour => ({ name, hex: '#ff0000', share: 0.5 });

describe('reasons', () => {
  it('are two at most, the most telling first', () => {
    const all = ['same_category', 'similar_price', 'same_colour', 'nearly_identical'];
    expect(reasonTexts(all, en)).toEqual([en.reasonNearlyIdentical, en.reasonSameColour]);
  });

  it('that are not known are left out', () => expect(reasonTexts(['same_planet', 'constructor', 'same_brand'], en)).toEqual([en.reasonSameBrand]));
});

describe('colours', () => {
  it('are named in the shopper’s language; an unknown one keeps its name', () => {
    expect(colourText('navy', en)).toBe('navy');
    expect(colourText('dark_teal', en)).toBe('dark teal');
  });

  it('are offered once each, and the chosen one stays', () => {
    const names = (chosen?: string): string[] => offeredColours([colour('red'), colour('red'), colour('blue'), colour('"x')], chosen).map((one) => one.name);
    expect(names()).toEqual(['red', 'blue']);
    expect(names('blue')).toEqual(['red', 'blue']);
    expect(names('green')).toEqual(['red', 'blue', 'green']);
  });

  it('become a filter only as slugs', () => {
    expect(colourFilter('red')).toBe('colour = "red"');
    expect(isColourName('red" or price < 1 or colour = "x')).toBe(false);
  });
});

describe('the place that matched most', () => {
  const grid = (values: number[], box = whole): HeatGrid => ({ box, width: 3, height: 3, values });

  it('is told by thirds of the picture', () => {
    expect(hottestPlace(grid([1, 0, 0, 0, 0, 0, 0, 0, 0]), en)).toBe(en.placeTopLeft);
    expect(hottestPlace(grid([0, 0, 0, 0, 0, 0, 0, 1, 0]), en)).toBe(en.placeBottom);
    expect(hottestPlace(grid([0, 0, 0, 0, 0, 0, 0, 0, 0]), en)).toBe(en.placeMiddle);
  });

  it('counts in the whole picture where the grid covers a part', () => {
    expect(hottestPlace(grid([1, 0, 0, 0, 0, 0, 0, 0, 0], { x: 0.6, y: 0.6, w: 0.4, h: 0.4 }), en)).toBe(en.placeBottomRight);
  });
});

describe('regions', () => {
  it('have their buttons inside their boxes and apart, also one in the other', () => {
    const regions = [region(0, 0, 1, 1), region(0.2, 0.2, 0.6, 0.6), region(0.4, 0.4, 0.2, 0.2), region(0.45, 0, 0.1, 0.1)];
    const spots = buttonSpots(regions);
    spots.forEach((spot, i) => {
      const { box } = regions[i] as Region;
      expect(spot.x >= box.x && spot.x <= box.x + box.w && spot.y >= box.y && spot.y <= box.y + box.h).toBe(true);
      for (const other of spots.slice(0, i)) expect(Math.max(Math.abs(spot.x - other.x), Math.abs(spot.y - other.y))).toBeGreaterThan(0.12);
    });
  });

  it('are found by a tap, the smallest first', () => {
    const regions = [region(0, 0, 0.8, 0.8), region(0.2, 0.2, 0.2, 0.2)];
    expect(regionAt(regions, { x: 0.3, y: 0.3 })).toBe(1);
    expect(regionAt(regions, { x: 0.7, y: 0.7 })).toBe(0);
    expect(regionAt(regions, { x: 0.9, y: 0.9 })).toBeUndefined();
  });
});
