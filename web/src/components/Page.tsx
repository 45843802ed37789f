import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Link } from "./Button";

interface PageProps {
  title: string;
  /** Pages above this one, outermost first. */
  trail?: readonly { title: string; to: string }[];
  /** One sentence on what the page is for. */
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A page with its heading and what can be done on it. */
export function Page({ title, trail = [], lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Vultus`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div class="page-title">
          {trail.length > 0 && (
            <nav class="trail" aria-label={title}>
              {trail.map((step) => (
                <Link key={step.to} to={step.to}>
                  {step.title}
                </Link>
              ))}
            </nav>
          )}
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="row">{actions}</div>}
      </header>
      {children}
    </>
  );
}

/** A part of a page with a heading of its own. */
export function Card({
  title,
  actions,
  children,
  class: name = "",
}: {
  title?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  return (
    <section class={`card ${name}`}>
      {(title || actions) && (
        <header class="card-head">
          {title && <h2>{title}</h2>}
          {actions && <div class="row">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
