import type { Region } from "../api/analysis";

/** `640, 360, 0, 120`: width, height, pixels to its left and above it. Nothing for the whole picture. */
export function writeRegion(region: Region | null): string {
  return region === null ? "" : [region.width, region.height, region.x, region.y].join(", ");
}

/** The region that a text names: null for the whole picture, undefined where it names none. */
export function readRegion(text: string): Region | null | undefined {
  if (text.trim() === "") return null;
  const numbers = text.split(/[\s,;×x]+/).filter((part) => part !== "");
  if (numbers.length !== 4 || numbers.some((part) => !/^\d{1,5}$/.test(part))) return undefined;
  const [width = 0, height = 0, x = 0, y = 0] = numbers.map(Number);
  return width >= 1 && height >= 1 ? { width, height, x, y } : undefined;
}
