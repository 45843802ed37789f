import type { MediumPerson } from "../../api/analysis";
import { Empty } from "../../components/states";
import { type Column, Table } from "../../components/Table";
import { format, t } from "../../lib/i18n";
import { clock } from "../../lib/timeline";
import { emotionColour, wordFor } from "../../lib/words";

/** Everybody in the medium, with what was measured of them. */
export function PeopleTable({
  people,
  person,
  onPerson,
}: {
  people: MediumPerson[];
  person: number | null;
  onPerson: (person: number) => void;
}) {
  if (people.length === 0) return <Empty icon="operators" title={t("media.nobody")} />;
  return (
    <Table
      label={t("media.people")}
      columns={columns(person, onPerson)}
      rows={people}
      rowKey={(one) => String(one.person)}
    />
  );
}

/** Shows what is known, a dash for what is not. */
function known<Value>(value: Value | null, show: (value: Value) => string): string {
  return value === null ? "–" : show(value);
}

function columns(person: number | null, onPerson: (person: number) => void): Column<MediumPerson>[] {
  const count = (value: number) => format.number(value);
  return [
    {
      key: "person",
      label: t("media.person_column"),
      cell: (one) => (
        <button
          type="button"
          class="chip"
          aria-pressed={person === one.person}
          onClick={() => onPerson(one.person)}
        >
          {t("media.person", { number: one.person + 1 })}
        </button>
      ),
    },
    {
      key: "age",
      label: t("media.age"),
      number: true,
      cell: (one) => known(one.age, count),
    },
    {
      key: "gender",
      label: t("media.gender"),
      cell: (one) => known(one.gender, (gender) => wordFor("gender", gender)),
    },
    { key: "seen", label: t("media.seen"), number: true, cell: (one) => known(one.duration_s, clock) },
    { key: "looks", label: t("media.looks"), number: true, cell: (one) => known(one.looked_s, clock) },
    { key: "glances", label: t("media.glances"), number: true, cell: (one) => known(one.glances, count) },
    {
      key: "attention",
      label: t("media.attention"),
      number: true,
      cell: (one) => known(one.attention, count),
    },
    {
      key: "emotions",
      label: t("media.emotions"),
      cell: (one) => <Strongest emotions={one.emotions ?? {}} />,
    },
  ];
}

/** The three strongest of the averages, in percent. */
function Strongest({ emotions }: { emotions: Record<string, number> }) {
  const strongest = Object.entries(emotions)
    .filter(([, share]) => share >= 0.01)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3);
  if (strongest.length === 0) return <>–</>;
  return (
    <span class="emotion-list">
      {strongest.map(([name, share]) => (
        <span key={name}>
          <i style={{ background: `var(--${emotionColour(name)})` }} aria-hidden="true" />
          {wordFor("emotion", name)} {format.percent(share)}
        </span>
      ))}
    </span>
  );
}
