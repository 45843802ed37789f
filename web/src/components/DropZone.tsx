import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** Takes files by drag and drop, from the file picker and from the clipboard. */
export function DropZone({
  label,
  choose,
  hint,
  accept,
  multiple = false,
  onFiles,
  children,
}: {
  label: string;
  /** The words on the button. */
  choose: string;
  hint?: string;
  accept: string;
  multiple?: boolean;
  onFiles: (files: File[]) => void;
  children?: ComponentChildren;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const list = [...(files ?? [])];
    if (list.length > 0) onFiles(multiple ? list : list.slice(0, 1));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a drop target with this look
    <div
      class={over ? "dropzone over" : "dropzone"}
      role="group"
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
      onPaste={(event) => take(event.clipboardData?.files)}
    >
      <Icon name="upload" size={28} />
      <p>{label}</p>
      {hint && <p class="hint">{hint}</p>}
      <div class="row centre">
        <Button onClick={() => input.current?.click()}>{choose}</Button>
        {children}
      </div>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={choose}
        accept={accept}
        multiple={multiple}
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
