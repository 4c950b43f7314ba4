// The widgets of the page: made from the snapshot that the page carries, then kept in step over the live connection.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as controls from "@jupyter-widgets/controls";
import type { Kernel } from "@jupyterlab/services";
import type { JSONObject } from "@lumino/coreutils";
import { Widget } from "@lumino/widgets";
import bqplot from "wheel:bqplot";
import bqscales from "wheel:bqscales";
import { inPaths } from "./bars";
import * as output from "./output";
import { tellingOnce, unhurried } from "./waiting";
import type { ModelState, Snapshot } from "./page";

type Classes = Record<string, unknown>;

/** Every widget class that a page can hold; a kernel cannot name another. */
const MODULES: Record<string, Classes> = {
  "@jupyter-widgets/base": base as Classes,
  "@jupyter-widgets/controls": {
    ...controls,
    HTMLView: unhurried(controls.HTMLView),
    ToggleButtonsView: tellingOnce(controls.ToggleButtonsView),
  },
  "@jupyter-widgets/output": output as Classes,
  bqplot: { ...bqplot, Bars: inPaths(bqplot.Bars) },
  bqscales: bqscales as Classes,
};

export class PageManager extends ManagerBase {
  /** Called with every model, those of the snapshot and later ones. */
  onModel: (model: base.WidgetModel) => void = () => {};

  constructor(readonly kernel: Kernel.IKernelConnection) {
    super();
    kernel.registerCommTarget(this.comm_target_name, async (comm, message) => {
      const model = await this.handle_comm_open(
        new base.shims.services.Comm(comm),
        message as unknown as Parameters<ManagerBase["handle_comm_open"]>[1],
      );
      this.onModel(model);
    });
  }

  /** Make the models of the snapshot; they refer to each other in any order, so all are begun before one is awaited. */
  async restore(snapshot: Snapshot): Promise<void> {
    const made = Object.entries(snapshot.models).map(([id, model]) => this.restored(id, model));
    for (const outcome of await Promise.allSettled(made)) {
      if (outcome.status === "fulfilled") this.onModel(outcome.value);
      else console.error(outcome.reason);
    }
  }

  private restored(id: string, { name, module, version, state, buffers = [] }: ModelState): Promise<base.WidgetModel> {
    const paths = buffers.map((buffer) => buffer.path);
    base.put_buffers(state as never, paths, buffers.map((buffer) => bytes(buffer.data)) as never);
    const comm = new base.shims.services.Comm(this.kernel.createComm(this.comm_target_name, id));
    return this.new_model(
      { model_name: name, model_module: module, model_module_version: version, model_id: id, comm },
      state as JSONObject,
    );
  }

  /** Draw a widget into its place in the page. */
  async display(id: string, place: HTMLElement): Promise<void> {
    const view = await this.create_view(await this.get_model(id));
    Widget.attach(view.luminoWidget, place);
  }

  /** A label is text: what a browser or a file brought in is never taken for HTML. */
  override inline_sanitize(text: string): string {
    const holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML;
  }

  protected override async loadClass(name: string, module: string, version: string): Promise<never> {
    const found = MODULES[module]?.[name];
    if (!found) throw new Error(`the page has no widget ${name} of ${module} ${version}`);
    return found as never;
  }

  protected override async _create_comm(
    target: string,
    id: string,
    data?: JSONObject,
    metadata?: JSONObject,
    buffers?: (ArrayBuffer | ArrayBufferView)[],
  ): Promise<base.IClassicComm> {
    const comm = this.kernel.createComm(target, id);
    if (data || metadata) comm.open(data, metadata, buffers);
    return new base.shims.services.Comm(comm);
  }

  protected override async _get_comm_info(): Promise<Record<string, never>> {
    return {};
  }
}

function bytes(text: string): DataView {
  const binary = atob(text);
  const array = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) array[at] = binary.charCodeAt(at);
  return new DataView(array.buffer);
}
