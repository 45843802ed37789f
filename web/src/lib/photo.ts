import { useEffect, useState } from "preact/hooks";

export interface LoadedPhoto {
  url: string;
  /** Pixels of the upright photo. */
  width: number;
  height: number;
}

/** A `blob:` address of a file, for as long as it is shown. */
export function useObjectUrl(blob: Blob | null | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return setUrl(null);
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}

/** A photo that can be drawn over: its address and size; `null` while it is read, `"unreadable"` where it cannot be. */
export function usePhoto(blob: Blob | null | undefined): LoadedPhoto | "unreadable" | null {
  const url = useObjectUrl(blob);
  const [photo, setPhoto] = useState<LoadedPhoto | "unreadable" | null>(null);
  useEffect(() => {
    setPhoto(null);
    if (url === null) return;
    let isLeft = false;
    const image = new Image();
    image.onload = () => {
      if (!isLeft) setPhoto({ url, width: image.naturalWidth, height: image.naturalHeight });
    };
    image.onerror = () => {
      if (!isLeft) setPhoto("unreadable");
    };
    image.src = url;
    return () => {
      isLeft = true;
    };
  }, [url]);
  return photo;
}
