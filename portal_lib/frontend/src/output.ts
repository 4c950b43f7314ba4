// The Output widget: what a callback displays inside `with output:`. Prints and errors never reach the page.
import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";
import type { PageManager } from "./manager";

interface Shown {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

const MODULE = { _model_module: "@jupyter-widgets/output", _view_module: "@jupyter-widgets/output" };

export class OutputModel extends DOMWidgetModel {
  override defaults() {
    const versions = { _model_module_version: "1.0.0", _view_module_version: "1.0.0" };
    const names = { _model_name: "OutputModel", _view_name: "OutputView" };
    return { ...super.defaults(), ...MODULE, ...versions, ...names, msg_id: "", outputs: [] as Shown[] };
  }

  override initialize(attributes: object, options: ConstructorParameters<typeof DOMWidgetModel>[1]) {
    super.initialize(attributes, options as never);
    this.listenTo(this, "change:msg_id", () => this.capture());
    this.capture();
  }

  /** While the kernel names a message, what that message displays belongs here. */
  private capture() {
    const { kernel } = this.widget_manager as PageManager;
    const caught = this.get("msg_id") as string;
    if (!caught) return;
    const catching = (message: { header: { msg_type: string }; content: unknown }) => {
      if (this.get("msg_id") !== caught) return true;
      if (message.header.msg_type === "clear_output") this.keep([]);
      else if (message.header.msg_type === "display_data") {
        const { data, metadata } = message.content as Shown;
        this.keep([...(this.get("outputs") as Shown[]), { output_type: "display_data", data, metadata }]);
      } else return true;
      return false;
    };
    kernel.registerMessageHook(caught, catching as never);
    this.once("change:msg_id", () => kernel.removeMessageHook(caught, catching as never));
  }

  private keep(outputs: Shown[]) {
    this.set("outputs", outputs);
    this.save_changes();
  }
}

export class OutputView extends DOMWidgetView {
  override render() {
    super.render();
    this.listenTo(this.model, "change:outputs", () => this.show());
    this.show();
  }

  private show() {
    this.el.replaceChildren(...(this.model.get("outputs") as Shown[]).map(element).filter((made) => made !== null));
  }
}

const joined = (text: unknown) => (Array.isArray(text) ? text.join("") : String(text ?? ""));

function element({ output_type, data = {} }: Shown): HTMLElement | null {
  if (output_type !== "display_data" && output_type !== "execute_result") return null;
  const html = data["text/html"];
  const made = document.createElement(html ? "div" : "pre");
  if (html) made.innerHTML = joined(html);
  else made.textContent = joined(data["text/plain"]);
  return made;
}
