import { useState } from "preact/hooks";
import { api } from "../api";
import { Icon } from "./Icon";

/** A face, or a drawing where no photo of it is kept. */
export function FaceThumb({ account, face, alt }: { account: string; face: string | null; alt: string }) {
  const [missing, setMissing] = useState(face === null);
  return (
    <span class="thumb">
      {missing || face === null ? (
        <Icon name="operators" size={40} />
      ) : (
        <img
          src={api.faces.thumbnail(account, face)}
          alt={alt}
          loading="lazy"
          onError={() => setMissing(true)}
        />
      )}
    </span>
  );
}
