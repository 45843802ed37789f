import { unzipSync } from "fflate";
import { type Listed, limits } from "./imports";

export type ArchiveFault = "too_large" | "too_many" | "unreadable";

export class ArchiveError extends Error {
  constructor(readonly fault: ArchiveFault) {
    super(fault);
  }
}

/** The files of an archive, nothing unpacked yet. */
export function list(archive: Uint8Array): Listed[] {
  const files: Listed[] = [];
  let unpacked = 0;
  scan(archive, ({ name, originalSize }) => {
    // Twice as many as can be enrolled: archives hold other files too.
    if (files.length >= 2 * limits.entries) throw new ArchiveError("too_many");
    unpacked += originalSize;
    if (unpacked > limits.unpacked) throw new ArchiveError("too_large");
    files.push({ path: name, size: originalSize });
    return false;
  });
  return files;
}

/** Unpacks some files, each into as many bytes as the archive says and no more. */
export function unpack(archive: Uint8Array, paths: readonly string[]): Map<string, Uint8Array> {
  const wanted = new Set(paths);
  const found = scan(archive, ({ name, originalSize }) => wanted.has(name) && originalSize <= limits.photo);
  return new Map(Object.entries(found));
}

type Filter = (file: { name: string; originalSize: number }) => boolean;

function scan(archive: Uint8Array, filter: Filter): Record<string, Uint8Array> {
  try {
    return unzipSync(archive, { filter });
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError("unreadable");
  }
}
