// What can wait for the next picture: a long table below a chart is taken in once the chart has been painted.
import type { HTMLView, ToggleButtonsView } from "@jupyter-widgets/controls";

/** The class of what the notebook says can wait. */
const WAITS = "portale-tabella";

/** ipywidgets' HTML view; a change of what can wait is put into the page after the frame in which the chart changes. */
export function unhurried(Stock: typeof HTMLView): typeof HTMLView {
  return class extends Stock {
    private asked = 0;

    override update(): void {
      const there = this.content?.firstChild;
      if (!there || !(this.model.get("_dom_classes") as string[]).includes(WAITS)) return super.update();
      this.el.setAttribute("aria-busy", "true");
      cancelAnimationFrame(this.asked);
      this.asked = requestAnimationFrame(() => setTimeout(() => this.takeIn()));
    }

    /** Whoever has opened the table reads on in it. */
    private takeIn(): void {
      const open = this.content.querySelector("details")?.open;
      super.update();
      const table = this.content.querySelector("details");
      if (open && table) table.open = true;
      this.el.removeAttribute("aria-busy");
    }
  };
}

/** ipywidgets' group of buttons tells the kernel of each click twice, once in a message that nothing there listens to. */
export function tellingOnce(Stock: typeof ToggleButtonsView): typeof ToggleButtonsView {
  return class extends Stock {
    override send(): void {}
  };
}
