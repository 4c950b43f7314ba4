// The live connection to the page's kernel.
import { KernelConnection } from "@jupyterlab/services/lib/kernel/default";
import type { KernelMessage } from "@jupyterlab/services";
import { deserialize, serialize } from "@jupyterlab/services/lib/kernel/serialize";
import { ServerConnection } from "@jupyterlab/services/lib/serverconnection";
import { xsrfToken, type Page } from "./page";
import { sinceSnapshot } from "./seam";

export type Live = KernelConnection;

/** Connects at once; what is sent before the connection stands is sent then. */
export function connect(page: Page, until: string): Live {
  const baseUrl = new URL(page.baseUrl, location.href).href;
  const serverSettings = ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace(/^http/, "ws"),
    token: "",
    init: { cache: "no-store", credentials: "same-origin", headers: { "X-XSRFToken": xsrfToken() } },
    serializer: {
      serialize,
      deserialize: (data: ArrayBuffer, protocol?: string) =>
        sinceSnapshot(deserialize(data, protocol) as KernelMessage.IMessage, until),
    },
  });
  return new KernelConnection({
    model: { id: page.kernelId, name: "portale" },
    serverSettings,
    clientId: page.sessionId,
    commsOverSubshells: "disabled" as never, // else the page asks for a subshell for every widget
  });
}
