import type { ComponentChildren } from "preact";

interface Props {
  /** What the panel is called for CSS and links; unique on the page. */
  name: string;
  title: string;
  children: ComponentChildren;
}

/** A part of the page with a heading. */
export function Panel({ name, title, children }: Props) {
  return (
    <section class={`panel ${name}`} id={name} aria-labelledby={`${name}-title`}>
      <h2 id={`${name}-title`}>{title}</h2>
      {children}
    </section>
  );
}
