/** What is read from folders and archives: nothing larger, and nothing else than photos. */
export const limits = {
  /** Photos of one import. */
  entries: 5000,
  /** One photo, in bytes. */
  photo: 20_000_000,
  /** All photos of an archive together, unpacked, in bytes. */
  unpacked: 2_000_000_000,
  /** An archive, in bytes. */
  archive: 1_000_000_000,
} as const;

/** For file pickers. */
export const photoTypes = "image/jpeg,image/png,image/webp,image/bmp,.jpg,.jpeg,.png,.webp,.bmp";

const photoName = /\.(jpe?g|png|webp|bmp)$/i;

export type Naming = "folder" | "file";

export type Skipped = "not_photo" | "too_large" | "too_many" | "no_subject";

/** A file of a folder or an archive, before it is read. */
export interface Listed {
  /** With folders, `/` between them. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

export interface Plan<File extends Listed> {
  readonly photos: readonly { file: File; subject: string }[];
  readonly skipped: readonly { path: string; reason: Skipped }[];
}

/** Whose photo a path shows: the folder it lies in, or the file's name up to the first number after `-` or `_`. */
export function subjectOf(path: string, naming: Naming): string {
  const parts = path.split("/").filter(Boolean);
  const file = (parts.at(-1) ?? "").replace(/\.[^.]*$/, "");
  const folder = parts.at(-2);
  if (naming === "folder" && folder !== undefined) return folder.trim();
  return file.replace(/[-_ ]+\d.*$/, "").trim();
}

/** Folders name the subjects where the photos lie in several, or in one below the chosen folder. */
export function guessNaming(paths: readonly string[], chosenFolder: boolean): Naming {
  const folders = new Set(paths.map((path) => path.split("/").slice(0, -1).join("/")));
  if (folders.size > 1) return "folder";
  const depth = [...folders][0]?.split("/").filter(Boolean).length ?? 0;
  return depth > (chosenFolder ? 1 : 0) ? "folder" : "file";
}

/** Which files are photos to be enrolled, as which subjects, and why the others are not. */
export function plan<File extends Listed>(files: readonly File[], naming: Naming): Plan<File> {
  const photos: { file: File; subject: string }[] = [];
  const skipped: { path: string; reason: Skipped }[] = [];
  for (const file of files) {
    if (isHidden(file.path)) continue;
    const subject = subjectOf(file.path, naming);
    const reason = whyNot(file, subject, photos.length);
    if (reason) skipped.push({ path: file.path, reason });
    else photos.push({ file, subject });
  }
  return { photos, skipped };
}

function whyNot(file: Listed, subject: string, before: number): Skipped | null {
  if (!photoName.test(file.path)) return "not_photo";
  if (file.size > limits.photo) return "too_large";
  if (subject === "") return "no_subject";
  return before >= limits.entries ? "too_many" : null;
}

/** What systems leave behind beside the user's files. */
function isHidden(path: string): boolean {
  return path.endsWith("/") || path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}

/** How many photos each subject has, most first. */
export function bySubject(photos: readonly { subject: string }[]): { subject: string; photos: number }[] {
  const counts = new Map<string, number>();
  for (const { subject } of photos) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return [...counts]
    .map(([subject, count]) => ({ subject, photos: count }))
    .sort((one, other) => other.photos - one.photos || one.subject.localeCompare(other.subject));
}
