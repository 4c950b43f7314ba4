// What a saved file is called.

/** A file's name from a heading: lower case, no accents, words joined by hyphens. */
export function fileName(heading: string): string {
  const plain = heading.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "grafico";
}
