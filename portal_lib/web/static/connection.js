// Says, in the visitor's language, when the page has lost what stands behind it: its kernel ended (the session is over,
// the page was left alone for long, or it failed), or the portal does not answer. Controls that move nothing would be all
// that a visitor sees otherwise.
"use strict";
(function () {
  const EVERY_MS = 5000;
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const kernel = config.baseUrl + "api/kernels/" + config.kernelId;
  const banner = document.getElementById("connection");
  const sentence = banner.querySelector("span");
  let unanswered = 0;
  let waiting = 0;
  let over = false;

  // The Hub takes a script's question for the visitor's own only with this token, as it does every form.
  function token() {
    const cookie = document.cookie.split("; ").find((text) => text.startsWith("_xsrf="));
    return cookie ? decodeURIComponent(cookie.slice("_xsrf=".length)) : "";
  }

  // A closed websocket is the first sign: the page asks at once, rather than at its next turn. The front end, which
  // comes after this script, opens its websockets with this class.
  window.WebSocket = class extends window.WebSocket {
    constructor(...how) {
      super(...how);
      this.addEventListener("close", () => lookIn(200));
    }
  };

  function lookIn(milliseconds) {
    clearTimeout(waiting);
    if (!over) waiting = setTimeout(look, milliseconds);
  }

  function say(text) {
    sentence.textContent = text;
    banner.hidden = false;
  }

  async function look() {
    let reply = null;
    try {
      reply = await fetch(kernel, {
        cache: "no-store",
        redirect: "manual",
        headers: { "X-XSRFToken": token() },
      });
    } catch {
      reply = null;
    }
    if (reply !== null && reply.ok) {
      unanswered = 0;
      banner.hidden = true;
    } else if (reply !== null && [401, 403, 404].includes(reply.status)) {
      say(banner.dataset.ended);
      over = true; // it won't come back
    } else {
      unanswered += 1;
      if (unanswered > 1) say(banner.dataset.lost);
    }
    lookIn(EVERY_MS);
  }

  lookIn(EVERY_MS);
})();
