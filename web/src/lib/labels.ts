import type { Box } from "../api/types";

/** A face as it is shown, in pixels of the screen, with the words that belong to it. */
export interface Labelled {
  box: Box;
  label: string;
  /** What stands for the words where there is no place for them. */
  short: string;
}

/** Where the words of a face stand. */
export interface PlacedLabel {
  x: number;
  y: number;
  width: number;
  text: string;
  /** Whether the short form is shown. */
  isShort: boolean;
}

interface Size {
  width: number;
  height: number;
}

/** Standing inside the own box costs as much as covering so much of a label's area on other faces. */
const INSIDE = 0.4;

/** Words may cost so much more than their short form before that stands instead. */
const WORDS = 0.5;

/**
 * Places the words of each face next to its box so that they cover no other words, stay in the picture and cover as
 * little as can be of the other faces. Where there is no such place the short form stands instead. The first faces
 * have the first choice; what has no words has no place.
 */
export function placeLabels(
  faces: readonly Labelled[],
  frame: Size,
  measure: (text: string) => Size,
): (PlacedLabel | null)[] {
  const taken: Box[] = [];
  const boxes = faces.map(({ box }) => box);
  return faces.map(({ box, label, short }) => {
    if (label === "") return null;
    const sought = (text: string) => best(candidates(box, measure(text), frame), box, boxes, taken);
    const words = sought(label);
    const number = label === short || (words && words.cost <= WORDS) ? null : sought(short);
    const isShort = words === null ? label !== short : number !== null && number.cost < words.cost - WORDS;
    const text = isShort ? short : label;
    const place = (isShort ? number : words) ?? above(box, measure(text), frame);
    taken.push(place);
    return { x: place.x, y: place.y, width: place.width, text, isShort };
  });
}

interface Candidate extends Box {
  cost: number;
}

/** Above and below the box, along its left and its right edge; at last in its corners. */
function candidates(box: Box, { width, height }: Size, frame: Size): Candidate[] {
  const right = box.x + box.width - width;
  const below = box.y + box.height;
  const places: readonly (readonly [number, number, number])[] = [
    [box.x, box.y - height, 0],
    [right, box.y - height, 0],
    [box.x, below, 0],
    [right, below, 0],
    [box.x, box.y, INSIDE],
    [right, box.y, INSIDE],
    [box.x, below - height, INSIDE],
    [right, below - height, INSIDE],
  ];
  return places
    .filter(([, y]) => y >= 0 && y + height <= frame.height)
    .map(([x, y, cost]) => ({ ...within({ x, y, width, height }, frame), cost }));
}

function above(box: Box, { width, height }: Size, frame: Size): Box {
  return within({ x: box.x, y: box.y - height, width, height }, frame);
}

/** The cheapest place that covers no other words; the first of those that are alike. */
function best(
  places: readonly Candidate[],
  own: Box,
  boxes: readonly Box[],
  taken: readonly Box[],
): Candidate | null {
  let cheapest: Candidate | null = null;
  for (const place of places) {
    if (taken.some((other) => overlap(place, other) > 0)) continue;
    const covered = boxes.reduce((sum, other) => sum + (other === own ? 0 : overlap(place, other)), 0);
    const cost = place.cost + covered / (place.width * place.height);
    if (cheapest === null || cost < cheapest.cost - 1e-6) cheapest = { ...place, cost };
  }
  return cheapest;
}

function within(box: Box, frame: Size): Box {
  const x = Math.max(0, Math.min(box.x, frame.width - box.width));
  const y = Math.max(0, Math.min(box.y, frame.height - box.height));
  return { ...box, x, y };
}

function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return width > 0 && height > 0 ? width * height : 0;
}
