// What the server says about a photo and its likenesses, as words and places. No DOM.
import type { Colour, HeatGrid, Region } from './api/client';
import type { Messages } from './i18n/en';

type TextKey = { [Key in keyof Messages]: Messages[Key] extends string ? Key : never }[keyof Messages];

// The most telling first: two at most are shown.
const kReasons: readonly (readonly [slug: string, text: TextKey])[] = [
  ['nearly_identical', 'reasonNearlyIdentical'],
  ['same_colour', 'reasonSameColour'],
  ['similar_shape', 'reasonSimilarShape'],
  ['same_brand', 'reasonSameBrand'],
  ['similar_price', 'reasonSimilarPrice'],
  ['same_category', 'reasonSameCategory'],
];
const kReasonsShown = 2;

// Slugs that this storefront does not know are left out.
export function reasonTexts(reasons: readonly string[], t: Messages): string[] {
  return kReasons.filter(([slug]) => reasons.includes(slug)).slice(0, kReasonsShown).map(([, text]) => t[text]);
}

const kColours: ReadonlyMap<string, TextKey> = new Map([
  ['black', 'colourBlack'],
  ['white', 'colourWhite'],
  ['grey', 'colourGrey'],
  ['red', 'colourRed'],
  ['orange', 'colourOrange'],
  ['yellow', 'colourYellow'],
  ['green', 'colourGreen'],
  ['turquoise', 'colourTurquoise'],
  ['blue', 'colourBlue'],
  ['navy', 'colourNavy'],
  ['purple', 'colourPurple'],
  ['pink', 'colourPink'],
  ['brown', 'colourBrown'],
  ['beige', 'colourBeige'],
]);

// A colour that this storefront does not know keeps the server's name.
export function colourText(name: string, t: Messages): string {
  const key = kColours.get(name);
  return key === undefined ? name.replaceAll('_', ' ') : t[key];
}

// What an address may carry as a colour: a slug, never the filter language.
const kColourPattern = /^[a-z][a-z_-]{0,39}$/;
export const isColourName = (name: string): boolean => kColourPattern.test(name);

export const colourFilter = (name: string): string => `colour = "${name}"`;

// Each name once; the chosen one stays even where the photo does not have it, so that it can be taken back.
export function offeredColours(colours: readonly Colour[], chosen: string | undefined): Pick<Colour, 'name' | 'hex'>[] {
  const offered = colours.filter((colour, i) => isColourName(colour.name) && colours.findIndex((other) => other.name === colour.name) === i);
  if (chosen === undefined || offered.some((colour) => colour.name === chosen)) return offered;
  return [...offered, { name: chosen, hex: '' }];
}

const kPlaces: readonly TextKey[] = [
  'placeTopLeft',
  'placeTop',
  'placeTopRight',
  'placeLeft',
  'placeMiddle',
  'placeRight',
  'placeBottomLeft',
  'placeBottom',
  'placeBottomRight',
];

// Where in the whole picture most of the likeness is. Squared, so that a bright spot counts for more than a wide glow.
export function hottestPlace(grid: HeatGrid, t: Messages): string {
  let sum = 0;
  let x = 0;
  let y = 0;
  grid.values.forEach((value, i) => {
    const weight = value * value;
    sum += weight;
    x += weight * ((i % grid.width) + 0.5);
    y += weight * (Math.floor(i / grid.width) + 0.5);
  });
  if (sum === 0) return t.placeMiddle;
  const third = (start: number, side: number, part: number): number => Math.min(2, Math.max(0, Math.floor(3 * (start + side * part))));
  const column = third(grid.box.x, grid.box.w, x / sum / grid.width);
  const row = third(grid.box.y, grid.box.h, y / sum / grid.height);
  return t[kPlaces[3 * row + column] ?? 'placeMiddle'];
}

export interface Spot {
  x: number;
  y: number;
}

const kAnchors: readonly Spot[] = [
  { x: 0.5, y: 0.5 },
  { x: 0.5, y: 0.25 },
  { x: 0.5, y: 0.75 },
  { x: 0.25, y: 0.5 },
  { x: 0.75, y: 0.5 },
  { x: 0.2, y: 0.2 },
  { x: 0.8, y: 0.8 },
  { x: 0.8, y: 0.2 },
  { x: 0.2, y: 0.8 },
];
const kApart = 0.17; // of the photo's side: two fingertips on the smallest phone

// Where each region's button is: inside its box, and apart from the others also where boxes lie in each other. The
// smallest choose first: they have the least room.
export function buttonSpots(regions: readonly Region[]): Spot[] {
  const spots = new Map<Region, Spot>();
  const free = (spot: Spot): number => Math.min(1, ...[...spots.values()].map((other) => Math.max(Math.abs(other.x - spot.x), Math.abs(other.y - spot.y))));
  for (const region of regions.toSorted((a, b) => a.box.w * a.box.h - b.box.w * b.box.h)) {
    const { box } = region;
    const wanted = kAnchors.map((anchor) => ({ x: box.x + anchor.x * box.w, y: box.y + anchor.y * box.h }));
    const best = wanted.find((spot) => free(spot) >= kApart) ?? wanted.toSorted((a, b) => free(b) - free(a))[0];
    if (best !== undefined) spots.set(region, best);
  }
  return regions.flatMap((region) => spots.get(region) ?? []);
}

// The smallest region around a place of the photo.
export function regionAt(regions: readonly Region[], { x, y }: Spot): number | undefined {
  const around = regions.flatMap(({ box }, i) => (x >= box.x && x <= box.x + box.w && y >= box.y && y <= box.y + box.h ? [{ i, area: box.w * box.h }] : []));
  return around.toSorted((a, b) => a.area - b.area)[0]?.i;
}
