/* On paper: of each image that the table lists, its pictures side by side and its numbers. */

const MOST_PRINTED = 100;

function makePrinted(i) {
  const image = facts.images[i];
  const pictures = Object.entries(picturesOf(i)).map(([kind, source]) =>
    make("figure", {}, make("img", { src: source, alt: `${KINDS[kind]} of ${image.name}` }),
      make("figcaption", {}, KINDS[kind])));
  return make("article", { class: "print-section" }, make("h2", {}, image.name),
    ...makeSection(image, make("div", {}, make("div", { class: "print-pictures" }, ...pictures), makeBeside(image))));
}

function preparePrint() {
  if (byId("printed").firstChild) return;
  const shown = byId("section").hidden ? listed : [current];
  const parts = shown.slice(0, MOST_PRINTED).map(makePrinted);
  if (shown.length > MOST_PRINTED) {
    parts.push(make("p", {}, `Only the first ${MOST_PRINTED} of ${shown.length} images are printed; filter the table for others.`));
  }
  byId("printed").append(...parts);
}

async function print() {
  preparePrint();
  const pictures = [...byId("printed").querySelectorAll("img")];
  await Promise.allSettled(pictures.map((picture) => picture.decode()));
  window.print();
}

byId("print").addEventListener("click", print);
window.addEventListener("beforeprint", preparePrint);
window.addEventListener("afterprint", () => byId("printed").replaceChildren());
