import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { addDays, addMonths, firstDayOf, startOfWeek, today, weeksAround } from "../lib/dates";
import { locale, t } from "../lib/i18n";
import { Button } from "./Button";

interface CalendarProps {
  label: string;
  /** As `2026-06-03`; empty where no day is chosen. */
  chosen: string;
  /** Called with a day, or with nothing to choose none. */
  onChoose: (day: string) => void;
  onClose: () => void;
}

/** The days of a month, to be chosen from with the pointer or the arrow keys. */
export function Calendar({ label, chosen, onChoose, onClose }: CalendarProps) {
  const [at, setAt] = useState(chosen || today());
  const box = useRef<HTMLDivElement>(null);
  const focused = useRef<HTMLButtonElement>(null);
  const follows = useRef(true);
  const firstDay = firstDayOf(locale.value);
  const weeks = weeksAround(at, firstDay);

  // Before the focus: the browser would scroll to what lies beyond the window.
  useLayoutEffect(() => {
    const shown = box.current;
    const excess = shown ? shown.getBoundingClientRect().right + 8 - document.documentElement.clientWidth : 0;
    if (shown && excess > 0) shown.style.translate = `${-excess}px`;
  }, []);
  useLayoutEffect(() => {
    if (follows.current) focused.current?.focus();
    follows.current = false;
  }, [at]);

  const keys: Record<string, () => string> = {
    ArrowLeft: () => addDays(at, -1),
    ArrowRight: () => addDays(at, 1),
    ArrowUp: () => addDays(at, -7),
    ArrowDown: () => addDays(at, 7),
    PageUp: () => addMonths(at, -1),
    PageDown: () => addMonths(at, 1),
    Home: () => startOfWeek(at, firstDay),
    End: () => addDays(startOfWeek(at, firstDay), 6),
  };
  const move = (event: KeyboardEvent) => {
    const next = keys[event.key];
    if (!next) return;
    event.preventDefault();
    follows.current = true;
    setAt(next());
  };
  return (
    <div
      ref={box}
      class="calendar"
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="calendar-head">
        <Button
          small
          kind="quiet"
          icon="back"
          label={t("date.earlier")}
          onClick={() => setAt(addMonths(at, -1))}
        />
        <strong aria-live="polite">{written(at, { month: "long", year: "numeric" })}</strong>
        <Button
          small
          kind="quiet"
          icon="chevron"
          label={t("date.later")}
          onClick={() => setAt(addMonths(at, 1))}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table of buttons, moved in by arrow keys */}
      <table role="grid" onKeyDown={move}>
        <thead>
          <tr>
            {(weeks[0] ?? []).map((day) => (
              <th key={day} scope="col" abbr={written(day, { weekday: "long" })}>
                {written(day, { weekday: "short" })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <td key={day}>
                  <button
                    ref={day === at ? focused : null}
                    type="button"
                    class={day.slice(0, 7) === at.slice(0, 7) ? "" : "outside"}
                    tabIndex={day === at ? 0 : -1}
                    aria-label={written(day, { dateStyle: "full" })}
                    aria-current={day === today() ? "date" : undefined}
                    aria-pressed={day === chosen}
                    onClick={() => onChoose(day)}
                  >
                    {Number(day.slice(8))}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div class="calendar-foot">
        <Button small kind="quiet" onClick={() => onChoose(today())}>
          {t("date.today")}
        </Button>
        <Button small kind="quiet" disabled={chosen === ""} onClick={() => onChoose("")}>
          {t("date.none")}
        </Button>
      </div>
    </div>
  );
}

/** Days are kept as those of UTC. */
function written(day: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale.value, { ...options, timeZone: "UTC" }).format(new Date(day));
}
