/* Says beside the codice fiscale when its first six letters are not made of the surname and name typed above it. Only a
   hint: the portal looks again (portal_lib/accounts/tax_code_names.py, the same rule) and never refuses for it. */
"use strict";

(() => {
  const hint = document.getElementById("avviso-tax_code");
  const [first, last, code] = ["first_name", "last_name", "tax_code"].map((name) => document.getElementById(`campo-${name}`));
  if (!hint || !first || !last || !code) return;

  const plain = { Æ: "AE", Œ: "OE", Ø: "O", Ł: "L", Đ: "D", Ð: "D", Þ: "TH" };
  const umlauts = { Ä: "AE", Ö: "OE", Ü: "UE" };

  const letters = (text) => [text.replace(/[AEIOU]/g, ""), text.replace(/[^AEIOU]/g, "")];
  const three = (text) => (letters(text).join("") + "XXX").slice(0, 3);
  const threeOfName = (text) => {
    const [consonants] = letters(text);
    return consonants.length > 3 ? consonants[0] + consonants[2] + consonants[3] : three(text);
  };

  const inPlainCapitals = (word) =>
    word.includes(".") && /^M(\.A\.?|A\.|\.)?$/.test(word) ? "MARIA" : word.replace(/[^\p{L}\p{N}_]/gu, "");

  // A compound name whole and in every run of its parts; null where it can't be compared.
  const runs = (text) => {
    const found = new Set();
    const capitals = text.toUpperCase().normalize("NFC");
    for (const spelling of [capitals, capitals.replace(/[ÄÖÜ]/g, (letter) => umlauts[letter])]) {
      const words = spelling
        .replace(/[ÆŒØŁĐÐÞ]/g, (letter) => plain[letter])
        .normalize("NFKD")
        .replace(/\p{M}/gu, "")
        .split(/[\s\-–,]+/);
      const parts = words.map(inPlainCapitals).filter(Boolean).slice(0, 8);
      if (!parts.length || !parts.every((part) => /^[A-Z]+$/.test(part))) return null;
      for (let start = 0; start < parts.length; start++)
        for (let end = start + 1; end <= parts.length; end++) found.add(parts.slice(start, end).join(""));
    }
    return [...found];
  };

  const fits = () => {
    const typed = code.value.replace(/\s/g, "").toUpperCase();
    if (!/^[A-Z]{6}[A-Z0-9]{10}$/.test(typed)) return true; // not whole yet, or wrong in a way that the portal names
    const surnames = runs(last.value);
    const names = runs(first.value);
    const withMaria = (names || []).flatMap((name) => [name, `MARIA${name}`, `${name}MARIA`]);
    return (
      (!surnames || surnames.some((surname) => three(surname) === typed.slice(0, 3))) &&
      (!names || withMaria.some((name) => threeOfName(name) === typed.slice(3, 6)))
    );
  };

  const look = () => {
    hint.textContent = fits() ? "" : hint.dataset.differs;
  };
  for (const input of [first, last, code]) input.addEventListener("change", look);
  look();
})();
