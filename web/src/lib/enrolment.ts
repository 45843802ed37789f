import { api } from "../api";
import { isAbort } from "../api/client";

/** A photo to be enrolled. Its bytes are read when its turn comes. */
export interface Photo {
  readonly name: string;
  readonly subject: string;
  read(): Promise<Blob>;
}

export interface Failure {
  readonly photo: Photo;
  readonly error: unknown;
}

export interface Enrolment {
  readonly total: number;
  readonly done: number;
  readonly faces: number;
  readonly failures: readonly Failure[];
  readonly running: boolean;
}

export const idle: Enrolment = { total: 0, done: 0, faces: 0, failures: [], running: false };

/** Requests at the same time: the server decides how many it really works on. */
const sideBySide = 2;

type Send = (photo: Photo, blob: Blob, signal: AbortSignal) => Promise<number>;

/** Enrols photos one after the other, tells how far it is, and goes on when one fails. */
export async function enrol(
  photos: readonly Photo[],
  send: Send,
  signal: AbortSignal,
  tell: (state: Enrolment) => void,
): Promise<Enrolment> {
  let state: Enrolment = { ...idle, total: photos.length, running: true };
  const change = (next: Partial<Enrolment>) => {
    state = { ...state, ...next };
    tell(state);
  };
  change({});
  let next = 0;
  const work = async () => {
    while (next < photos.length && !signal.aborted) {
      const photo = photos[next];
      next += 1;
      if (!photo) return;
      try {
        const faces = await send(photo, await photo.read(), signal);
        change({ done: state.done + 1, faces: state.faces + faces });
      } catch (error) {
        if (isAbort(error)) return;
        change({ done: state.done + 1, failures: [...state.failures, { photo, error }] });
      }
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  change({ running: false });
  return state;
}

/** Sends photos to a gallery. */
export function sender(account: string, gallery: string, allFaces: boolean): Send {
  return async (photo, blob, signal) => {
    const sent = { subject: photo.subject, photo: blob, name: photo.name, allFaces };
    const { faces } = await api.galleries.enrol(account, gallery, sent, signal);
    return faces.length;
  };
}
