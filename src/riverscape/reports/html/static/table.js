/* The table of images: sorted, filtered, and a hundred rows at a time. */

const PAGE_ROWS = 100;
// Of a class that an image is said to hold, the least share.
const HELD_SHARE = 0.001;

const rows = [...document.querySelectorAll("table.images tbody tr")];
const filters = byId("filters");
const collator = new Intl.Collator("en", { numeric: true });
let listed = facts.images.map((_, i) => i);
let pageRows = PAGE_ROWS;

const keys = {
  name: (image) => image.name,
  river: (image) => image.river,
  cnn: (image) => image.f1.CNN ?? null,
  mean: (image) => image.f1.mean ?? null,
  csc: (image) => image.f1.CSC ?? null,
  gain: (image) => (image.f1.CNN == null || image.f1.CSC == null ? null : image.f1.CSC - image.f1.CNN),
  notes: (image) => image.notes.length,
};

function keyOf(name) {
  if (name.startsWith("share")) return (image) => image.shares[name.slice(5)] ?? 0;
  return keys[name];
}

/** Return image numbers in an order: a key's name, with - before it the other way round. */
function inOrder(order) {
  const backwards = order.startsWith("-");
  const key = keyOf(backwards ? order.slice(1) : order);
  const values = facts.images.map(key);
  const compare = (one, other) => {
    const [a, b] = [values[one], values[other]];
    if (a === null || b === null) return (a === null) - (b === null); // unknown ones last
    const sign = typeof a === "string" ? collator.compare(a, b) : a - b;
    return backwards ? -sign : sign;
  };
  return facts.images.map((_, i) => i).sort((one, other) => compare(one, other) || one - other);
}

function passes(image, asked) {
  const text = [image.name, image.river, ...image.notes, ...image.mistakes].join("\n").toLowerCase();
  return (
    asked.words.every((word) => text.includes(word)) &&
    (!asked.river || image.river === asked.river) &&
    (asked.holds === "" || (image.shares[asked.holds] ?? 0) >= HELD_SHARE) &&
    (asked.below === null || (image.f1.CSC != null && image.f1.CSC < asked.below)) &&
    (!asked.noted || image.notes.length > 0)
  );
}

function askedFor() {
  const of = (name) => filters.elements[name]?.value ?? "";
  return {
    words: of("text").toLowerCase().split(/\s+/).filter(Boolean),
    river: of("river"),
    holds: of("holds"),
    below: of("below") === "" ? null : Number(of("below")),
    noted: filters.elements.noted.checked,
  };
}

function listImages() {
  const order = filters.elements.order.value;
  const asked = askedFor();
  const sorted = inOrder(order);
  listed = sorted.filter((i) => passes(facts.images[i], asked));
  const shown = new Set(listed.slice(0, pageRows));
  rows.forEach((row, i) => { row.hidden = !shown.has(i); });
  rows[0]?.parentElement.append(...sorted.map((i) => rows[i]));
  for (const head of document.querySelectorAll("table.images th[data-key]")) {
    const { key } = head.dataset;
    if (order === key) head.setAttribute("aria-sort", "ascending");
    else if (order === `-${key}`) head.setAttribute("aria-sort", "descending");
    else head.removeAttribute("aria-sort");
  }
  tellListed(shown.size);
}

function tellListed(shown) {
  const all = facts.images.length.toLocaleString("en");
  const many = listed.length.toLocaleString("en");
  const images = facts.images.length === 1 ? "image" : "images";
  const what = listed.length === facts.images.length ? `${all} ${images}` : `${many} of ${all} ${images}`;
  byId("listed").textContent = !listed.length && facts.images.length
    ? "No image is like this; Clear lists all."
    : shown < listed.length ? `${what}, the first ${shown} shown` : what;
  byId("more").parentElement.hidden = shown >= listed.length;
}

function startTable() {
  for (const head of document.querySelectorAll("table.images th[data-key]")) {
    const { key } = head.dataset;
    const button = make("button", { type: "button", class: "sort" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const order = filters.elements.order;
      // Notes are looked for, so most come first; all else begins with the least.
      const first = key === "notes" ? "-notes" : key;
      const second = key === "notes" ? "notes" : `-${key}`;
      order.value = order.value === first ? second : first;
      listImages();
    });
  }
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("input", () => {
    pageRows = PAGE_ROWS;
    listImages();
  });
  filters.addEventListener("reset", () => setTimeout(() => {
    pageRows = PAGE_ROWS;
    listImages();
  }));
  byId("more").addEventListener("click", () => {
    pageRows += PAGE_ROWS;
    listImages();
  });
  byId("all").addEventListener("click", () => {
    pageRows = Infinity;
    listImages();
  });
  listImages();
}

startTable();
