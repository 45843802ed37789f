/** Line drawings on a 24 × 24 grid. */
const drawings = {
  overview: "M4 19V11M10 19V5M16 19v-6M21 19H3",
  accounts: "M3 21V8l9-5 9 5v13M3 21h18M9 21v-6h6v6",
  galleries: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  sandbox: "M8 7l-5 5 5 5M16 7l5 5-5 5M13.5 5l-3 14",
  compare: "M9 4H5a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h4M15 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M12 2v20",
  media: "M4 5h16v14H4zM10 9l5 3-5 3z",
  cameras: "M3 7h12v10H3zM15 11l6-3v8l-6-3",
  history: "M12 7v5l3.5 2M4 12a8 8 0 1 0 2.5-5.8M4 4v3.5h3.5",
  accuracy: "M3 20c6 0 7-14 10-14s3 14 8 14M3 20h18",
  audit: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h6M9 16h6",
  operators: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
  docs: "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  upload: "M12 16V5M7 9l5-5 5 5M4 16v4h16v-4",
  download: "M12 4v11M7 11l5 5 5-5M4 16v4h16v-4",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  folder: "M3 6h6l2 2h10v11H3z",
  merge: "M6 4v4c0 4 6 4 6 8v4M18 4v4c0 4-6 4-6 8",
  move: "M4 12h15M13 6l6 6-6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.01",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  contrast: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  rotate: "M20 12a8 8 0 1 1-2.5-5.8M20 4v4h-4",
  chevron: "M9 6l6 6-6 6",
  back: "M15 6l-6 6 6 6",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v5M16 3v5",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  signOut: "M10 4H4v16h6M15 8l4 4-4 4M19 12H9",
  image: "M4 4h16v16H4zM4 16l5-5 4 4 3-3 4 4M9 9v.01",
  more: "M5 12v.01M12 12v.01M19 12v.01",
} as const;

export type IconName = keyof typeof drawings;

/** A picture beside a word, or alone in a button that has a name of its own. Screen readers skip it. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  );
}
