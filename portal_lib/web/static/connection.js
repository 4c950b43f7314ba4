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

  // The Hub takes a script's question for the visitor's own only with this token, as it does every form.
  function token() {
    const cookie = document.cookie.split("; ").find((text) => text.startsWith("_xsrf="));
    return cookie ? decodeURIComponent(cookie.slice("_xsrf=".length)) : "";
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
      say("Questa pagina non è più attiva: la sessione è finita, è rimasta a lungo ferma o c'è stato un errore.");
      return; // it won't come back
    } else {
      unanswered += 1;
      if (unanswered > 1) say("Il collegamento con il portale è interrotto: proviamo a ristabilirlo.");
    }
    setTimeout(look, EVERY_MS);
  }

  setTimeout(look, EVERY_MS);
})();
