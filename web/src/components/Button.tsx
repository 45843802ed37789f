import type { ComponentChildren } from "preact";
import { href, navigate } from "../lib/router";
import { Icon, type IconName } from "./Icon";

interface Look {
  kind?: "primary" | "plain" | "quiet" | "danger";
  small?: boolean;
  icon?: IconName;
}

export interface ButtonProps extends Look {
  children?: ComponentChildren;
  /** The name of a button that shows only an icon. */
  label?: string;
  onClick?: (event: MouseEvent) => void;
  type?: "button" | "submit";
  disabled?: boolean;
  /** Shows that its work goes on, and takes no clicks meanwhile. */
  busy?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  autofocus?: boolean;
}

export function Button(props: ButtonProps) {
  const {
    children,
    label,
    onClick,
    type = "button",
    disabled,
    busy,
    icon,
    pressed,
    expanded,
    autofocus,
  } = props;
  return (
    <button
      type={type}
      class={look(props, children === undefined)}
      disabled={disabled ?? false}
      aria-disabled={busy ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      title={children === undefined ? label : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      autofocus={autofocus}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

function look({ kind = "plain", small }: Look, iconOnly: boolean): string {
  return ["button", kind, small ? "small" : "", iconOnly ? "icon-only" : ""].filter(Boolean).join(" ");
}

interface LinkProps {
  to: string;
  children?: ComponentChildren;
  class?: string;
  current?: boolean;
  label?: string;
  onClick?: () => void;
}

/** A link to another page of the console. */
export function Link({ to, children, class: name, current, label, onClick }: LinkProps) {
  return (
    <a
      href={href(to)}
      class={name}
      aria-current={current ? "page" : undefined}
      aria-label={label}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        onClick?.();
        navigate(to);
      }}
    >
      {children}
    </a>
  );
}

export function LinkButton({ to, children, ...rest }: Look & { to: string; children: ComponentChildren }) {
  return (
    <Link to={to} class={look(rest, false)}>
      {rest.icon && <Icon name={rest.icon} />}
      <span>{children}</span>
    </Link>
  );
}

/** A link that the browser follows itself: a download, or a page beside the console. */
export function PlainLink({
  to,
  children,
  icon,
  download,
  kind,
  small,
}: Look & { to: string; children: ComponentChildren; download?: boolean }) {
  return (
    <a href={to} class={look({ kind: kind ?? "plain", small: small ?? false }, false)} download={download}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </a>
  );
}
