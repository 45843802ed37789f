import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type DateKind, dateForm, dateText, readDate } from "../lib/dates";
import { language, locale, t } from "../lib/i18n";
import { Calendar } from "./Calendar";
import { describedBy, type FieldProps, Labelled } from "./Field";
import { Icon } from "./Icon";

interface DateFieldProps extends FieldProps {
  kind: DateKind;
  value: string;
  onInput: (value: string) => void;
  /** A day without a time means its last minute. */
  isEnd?: boolean;
}

/** A day, or a day and a time, written as the chosen language does or chosen from a calendar. */
export function DateField({ kind, value, onInput, isEnd = false, ...field }: DateFieldProps) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [isLeft, setLeft] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const read = (text: string) => readDate(kind, text, locale.value, isEnd);

  useEffect(() => setDraft((old) => (old !== null && read(old) === value ? old : null)), [value]);
  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const events = ["pointerdown", "focusin"] as const;
    for (const name of events) document.addEventListener(name, leave);
    return () => {
      for (const name of events) document.removeEventListener(name, leave);
    };
  }, [isOpen]);

  const form = dateForm(kind, locale.value, language.value);
  const isWrong = isLeft && draft !== null && read(draft) === null;
  const described = { ...field, error: isWrong ? t("date.wrong", { form }) : field.error };
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  const choose = (day: string) => {
    const time = value.split("T")[1] ?? (isEnd ? "23:59" : "00:00");
    setDraft(null);
    onInput(kind === "minute" && day !== "" ? `${day}T${time}` : day);
    close();
  };
  return (
    <Labelled {...described} id={id}>
      <div class="date-field" ref={box}>
        <input
          id={id}
          class="input"
          type="text"
          value={draft ?? dateText(kind, value, locale.value)}
          placeholder={form}
          autocomplete="off"
          spellcheck={false}
          aria-invalid={described.error ? "true" : undefined}
          aria-describedby={describedBy(id, described)}
          onInput={(event) => {
            const text = event.currentTarget.value;
            const known = read(text);
            setLeft(false);
            setDraft(text);
            if (known !== null && known !== value) onInput(known);
          }}
          onBlur={() => {
            setLeft(true);
            if (draft !== null && read(draft) !== null) setDraft(null);
          }}
        />
        <button
          ref={opener}
          type="button"
          class="date-open"
          aria-label={t("date.calendar", { field: field.label })}
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="calendar" size={16} />
        </button>
        {isOpen && (
          <Calendar
            label={t("date.calendar", { field: field.label })}
            chosen={value.slice(0, 10)}
            onChoose={choose}
            onClose={close}
          />
        )}
      </div>
    </Labelled>
  );
}
