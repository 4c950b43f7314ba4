// Bars drawn as a few paths. bqplot gives each bar two elements, which the browser styles, lays out and paints one by
// one: a month of hours is 1,440 of them at every change. Here all bars of one paint are one path, and the pointer asks
// for a bar by its place, so the hours of a quiet night can be pointed at as well as the day's peak.
import type * as base from "@jupyter-widgets/base";
import { middles, nearest, outlines, spacing, type Bar, type Group } from "./outlines";

type Scale = { scale: (value: number) => number; model: base.WidgetModel };

/** What is used of bqplot's own view, which has no types here. */
interface StockBars extends Omit<base.WidgetView, "el" | "model"> {
  el: SVGElement;
  model: base.WidgetModel & { mark_data: Group[]; baseValue: number };
  scales: { x: Scale; y: Scale };
  parent: { plotareaWidth: number; plotareaHeight: number };
  stackedScale: { domain(keys: number[]): unknown };
  d3el: { on(name: string, heard: (() => void) | null): unknown };
  set_ranges(): void;
  create_listeners(): void;
  compute_view_padding(): void;
  event_dispatcher(name: string): void;
  get_mark_color(bar: Bar): string;
  get_mark_opacity(bar: Bar): number | undefined;
  is_hover_element(): boolean;
}

const SVG = "http://www.w3.org/2000/svg";

/** bqplot's bars, drawn our way: the same model, scales, colours, tooltip and messages. */
export function inPaths(stock: unknown): unknown {
  const Stock = stock as new (...given: any[]) => StockBars;
  return class Bars extends Stock {
    private ground = document.createElementNS(SVG, "rect");
    private pointed = document.createElementNS(SVG, "rect");
    private places: number[] = [];
    private pointer = 0;
    private at = -1;

    draw(): void {
      this.set_ranges();
      const { x, y } = this.scales;
      this.stackedScale.domain(this.model.mark_data.map((group) => group.key)); // what the padding is reckoned from
      this.places = middles(this.model.mark_data, x.scale);
      const paths = outlines(this.model.mark_data, this.placed(x, y), (bar) => {
        const paint = this.model.get("fill") ? this.get_mark_color(bar) : "none";
        return `${this.get_mark_opacity(bar) ?? 1} ${paint}`;
      });
      this.ground.setAttribute("width", String(this.parent.plotareaWidth));
      this.ground.setAttribute("height", String(this.parent.plotareaHeight));
      if (!this.ground.isConnected) this.el.append(this.ground);
      const old = [...this.el.querySelectorAll("path")];
      for (const [paint, outline] of paths) {
        const path = old.shift() ?? this.el.appendChild(document.createElementNS(SVG, "path"));
        path.setAttribute("class", "bars");
        path.setAttribute("d", outline);
        path.style.pointerEvents = "none"; // the ground alone is pointed at: it knows which bar is meant
        const space = paint.indexOf(" ");
        path.style.opacity = paint.slice(0, space);
        path.style.fill = paint.slice(space + 1);
      }
      for (const path of old) path.remove();
    }

    private placed(x: Scale, y: Scale) {
      return {
        across: x.scale,
        along: y.scale,
        base: this.model.baseValue,
        padding: this.model.get("padding") as number,
        stacked: this.model.get("type") === "stacked",
        upright: this.upright(),
      };
    }

    private upright(): boolean {
      return this.model.get("orientation") === "vertical";
    }

    relayout(): void {
      this.compute_view_padding();
      this.draw();
    }

    apply_styles(): void {
      this.draw();
    }

    updateColors(): void {
      this.draw();
    }

    updateType(): void {
      this.draw();
    }

    /** Marked bars look like the others: what a brush marks is the page's range. */
    updateSelected(): void {}

    selector_changed(): [] {
      return [];
    }

    /** An axis that says where it begins and ends has room for its bars; asking for more would draw the figure twice. */
    override compute_view_padding(): void {
      const { x } = this.scales ?? {};
      const fixed = x && x.model.get("min") !== null && x.model.get("max") !== null;
      if (!fixed) super.compute_view_padding();
    }

    override create_listeners(): void {
      super.create_listeners();
      this.ground.setAttribute("class", "bars-ground");
      this.ground.style.fill = "none";
      this.ground.style.pointerEvents = "all";
      const follow = () => {
        if (!this.model.get("tooltip")) return; // nothing to tell, so nothing to ask the kernel
        const at = nearest(this.places, this.pointer);
        const moved = at !== this.at;
        this.at = at;
        // Where d3, and with it bqplot's tooltip and messages, look for what an element stands for.
        (this.ground as unknown as { __data__: unknown }).__data__ = this.model.mark_data[at]?.values[0];
        if (at < 0) return;
        if (moved) this.show(at);
        this.event_dispatcher(moved ? "mouse_over" : "mouse_move");
      };
      // Before d3's own listeners, which don't hand on the event.
      this.el.addEventListener("mousemove", (event) => this.point(event as MouseEvent), true);
      this.el.addEventListener("mouseover", (event) => this.point(event as MouseEvent), true);
      this.d3el.on("mouseover", follow);
      this.d3el.on("mousemove", follow);
      this.d3el.on("mouseout", () => {
        this.event_dispatcher("mouse_out");
        this.at = -1;
        this.pointed.remove();
      });
    }

    override is_hover_element(): boolean {
      return this.at >= 0;
    }

    /** The column that the pointer means. */
    private show(at: number): void {
      const wide = Math.max(1, spacing(this.places));
      const [x, y, width, height] = this.upright() ? ["x", "y", "width", "height"] : ["y", "x", "height", "width"];
      this.pointed.setAttribute("class", "bars-pointed");
      this.pointed.setAttribute(x!, String(this.places[at]! - wide / 2));
      this.pointed.setAttribute(width!, String(wide));
      this.pointed.setAttribute(y!, "0");
      this.pointed.setAttribute(height!, this.ground.getAttribute(height!) ?? "0");
      this.el.append(this.pointed);
    }

    private point(event: MouseEvent): void {
      const box = this.ground.getBoundingClientRect();
      this.pointer = this.upright() ? event.clientX - box.left : event.clientY - box.top;
    }
  };
}
