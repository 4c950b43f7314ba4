// Saving a part's chart as a picture: made in the browser, from what is on the screen.
import { fileName } from "./names";

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "display", "visibility"] as const;

/** Twice the screen's size: for a document that is printed. */
const PNG_SCALE = 2;

/** Buttons that the notebook marks; the kernel is not asked. */
export function saveOnClick(): void {
  document.addEventListener(
    "click",
    (event) => {
      const button = (event.target as Element | null)?.closest(".portale-salva-svg, .portale-salva-png");
      if (!button) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      const part = button.closest(".portale-parte");
      const figure = part?.querySelector<HTMLElement>(".bqplot.figure");
      if (!part || !figure) return;
      const name = fileName(part.querySelector("h2, h3, h4")?.textContent ?? "");
      const drawing = standalone(figure);
      if (button.classList.contains("portale-salva-svg")) hand(drawing, `${name}.svg`);
      else void pictured(drawing, figure).then((picture) => hand(picture, `${name}.png`));
    },
    true,
  );
}

/** The figure as one SVG file that needs no style sheet. */
function standalone(figure: HTMLElement): Blob {
  const { width, height } = figure.getBoundingClientRect();
  const whole = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  whole.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  whole.setAttribute("width", String(Math.round(width)));
  whole.setAttribute("height", String(Math.round(height)));
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", behind(figure));
  whole.append(paper);
  for (const layer of figure.querySelectorAll<SVGElement>(":scope > svg")) whole.append(copied(layer));
  return new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" });
}

/** The colour that the figure stands on: a dark page's light labels need it. */
function behind(element: Element | null): string {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (colour !== "transparent" && colour !== "rgba(0, 0, 0, 0)") return colour;
  }
  return "#ffffff";
}

function copied(layer: SVGElement): SVGElement {
  const copy = layer.cloneNode(true) as SVGElement;
  const originals = [layer, ...layer.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [at, original] of originals.entries()) {
    const style = getComputedStyle(original);
    for (const property of DRAWN) copies[at]!.setAttribute(property, style.getPropertyValue(property));
    copies[at]!.removeAttribute("style");
  }
  return copy;
}

async function pictured(drawing: Blob, figure: HTMLElement): Promise<Blob> {
  const image = new Image();
  const address = URL.createObjectURL(drawing);
  try {
    image.src = address;
    await image.decode();
    const { width, height } = figure.getBoundingClientRect();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * PNG_SCALE);
    canvas.height = Math.round(height * PNG_SCALE);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) => canvas.toBlob((made) => (made ? done(made) : failed(new Error("no picture")))));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function hand(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
