import type { ComponentChildren } from "preact";

export interface Column<Row> {
  key: string;
  label: string;
  /** Numbers stand at the right. */
  number?: boolean;
  /** Keeps the label for screen readers: a column of buttons. */
  hiddenLabel?: boolean;
  /** Left out on narrow screens' first line: shown with its label below. */
  cell: (row: Row) => ComponentChildren;
}

/** Rows and columns; on a phone every row becomes a card with its labels. */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  class: name = "",
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** For rows that are laid out in their own way on a phone: `data-column` tells their cells apart. */
  class?: string;
}) {
  return (
    <table class={`table ${name}`}>
      <caption class="visually-hidden">{label}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" class={column.number ? "number" : ""}>
              {column.hiddenLabel ? <span class="visually-hidden">{column.label}</span> : column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <td
                key={column.key}
                class={column.number ? "number" : column.hiddenLabel ? "buttons" : ""}
                data-column={column.key}
                data-label={column.hiddenLabel ? undefined : column.label}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
