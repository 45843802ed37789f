import { signal } from "@preact/signals";

/** Files that were chosen in this tab, by the medium they were uploaded as. The server keeps none of them. */
export const localFiles = signal<Record<string, File>>({});

export function keepFile(medium: string, file: File): void {
  localFiles.value = { ...localFiles.value, [medium]: file };
}
