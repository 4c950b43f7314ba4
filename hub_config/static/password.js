/* Help with a password to be chosen: ticks its rules off while it is typed, says what is missing once the typing rests,
   and shows what is typed. The page works without; the portal itself has the last word. */
"use strict";

for (const help of document.querySelectorAll(".password-help")) {
  const typed = help.parentElement.querySelector("input");
  const both = typed.form.querySelectorAll("[autocomplete=new-password]");
  const show = help.querySelector("[type=checkbox]");
  const status = help.querySelector("[role=status]");
  const rules = [...help.querySelectorAll("li")].map((item) => ({ item, rule: item.className }));
  const waivedFrom = Number(help.dataset.waivedFrom || Infinity);
  const kinds = { digit: /\p{Nd}/u, lower: /\p{Ll}/u, upper: /\p{Lu}/u, special: /[\p{P}\p{S}\p{Z}]/u };
  let resting;

  const kept = (rule, password) => {
    const length = [...password].length; // characters as the portal counts them
    return rule === "length" ? length >= 8 : length >= waivedFrom || kinds[rule].test(password);
  };

  const tick = () => {
    const password = typed.value.normalize("NFKC");
    for (const { item, rule } of rules) item.classList.toggle("kept", kept(rule, password));
    clearTimeout(resting);
    resting = setTimeout(() => {
      const missing = rules.filter(({ rule }) => !kept(rule, password)).map(({ item }) => item.textContent);
      if (!password) status.textContent = "";
      else status.textContent = missing.length ? `${help.dataset.missing} ${missing.join(", ")}.` : help.dataset.complete;
    }, 700);
  };

  const display = (visible) => {
    for (const input of both) input.type = visible ? "text" : "password";
  };

  typed.addEventListener("input", tick);
  show.addEventListener("change", () => display(show.checked));
  typed.form.addEventListener("submit", () => display(false)); // or the browser would remember it as plain text
  show.checked = false;
  help.hidden = false;
  tick();
}
