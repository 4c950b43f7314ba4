// Charts for people who don't see them: each figure is an image with the name and the summary of its part.
import type { Page } from "./page";

/** Whatever the notebook drew anew gets its description once the drawing is done. */
export function observeFigures(page: Page): void {
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      describeFigures(page);
    }, 100);
  }).observe(document.getElementById("rendered_cells")!, { childList: true, subtree: true });
}

export function describeFigures(page: Page): void {
  for (const figure of document.querySelectorAll<HTMLElement>(".bqplot.figure")) {
    const drawing = figure.querySelector<SVGElement>(":scope > svg.svg-figure");
    const background = figure.querySelector<SVGElement>(":scope > svg.svg-background");
    background?.setAttribute("aria-hidden", "true");
    if (drawing) describe(drawing, figure, page);
  }
}

function describe(drawing: SVGElement, figure: HTMLElement, page: Page): void {
  const part = figure.closest(".portale-parte");
  const heading = part?.querySelector("h2, h3, h4");
  const summary = part?.querySelector(".portale-sintesi");
  set(drawing, "role", "img");
  if (heading) set(drawing, "aria-labelledby", named(heading));
  else set(drawing, "aria-label", page.sentences.chart);
  if (summary) set(drawing, "aria-describedby", named(summary));
}

function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

let given = 0;

function named(element: Element): string {
  element.id ||= `portale-${++given}`;
  return element.id;
}
