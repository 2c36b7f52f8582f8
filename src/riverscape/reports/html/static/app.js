/* Which part of the report shows: the overview, or the section of one image. */

let current = -1;
let overviewAt = 0;

/** Return the number of the image that the address names, -1 for none. */
function addressed() {
  const link = location.hash.slice(1);
  if (!link.startsWith("image=")) return -1;
  const exact = facts.images.findIndex((image) => image.link === link);
  if (exact >= 0) return exact;
  try {
    const name = decodeURIComponent(link.slice(6));
    return facts.images.findIndex((image) => image.name === name);
  } catch {
    return -1;
  }
}

/** Return the images that next and previous go through. */
function sequence() {
  return listed.includes(current) ? listed : facts.images.map((_, i) => i);
}

function showSection(i) {
  const image = facts.images[i];
  const fromOverview = byId("section").hidden;
  if (fromOverview) overviewAt = scrollY;
  current = i;
  byId("overview").hidden = true;
  byId("section").hidden = false;
  byId("section-title").textContent = image.name;
  document.title = `${image.name}: ${facts.title}`;
  const pictures = picturesOf(i);
  const beside = makeBeside(image);
  const viewer = Object.keys(pictures).length
    ? makeViewer(image, pictures, beside)
    : make("div", {}, make("p", { class: "soft" }, "There are no pictures of this image: the run was made without figures."), beside);
  const onStage = document.activeElement?.classList.contains("stage");
  byId("section-body").replaceChildren(...makeSection(image, viewer).filter(Boolean));
  showNeighbours();
  if (onStage) document.querySelector(".stage")?.focus({ preventScroll: true });
  if (fromOverview) {
    byId("section-title").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function showNeighbours() {
  const around = sequence();
  const at = around.indexOf(current);
  byId("place").textContent =
    `${(at + 1).toLocaleString("en")} of ${around.length.toLocaleString("en")}`;
  for (const [id, step] of [["previous", -1], ["next", 1]]) {
    const other = facts.images[around[at + step]];
    const link = byId(id);
    link.href = other ? `#${other.link}` : `#${facts.images[current].link}`;
    link.setAttribute("aria-disabled", !other);
    link.title = other ? other.name : "";
  }
}

function showOverview() {
  const before = current;
  current = -1;
  byId("section").hidden = true;
  byId("overview").hidden = false;
  byId("section-body").replaceChildren();
  document.title = `${facts.title}: land cover report`;
  if (before < 0) return;
  const part = location.hash.slice(1);
  if (part && part !== "images") byId(part)?.scrollIntoView();
  else scrollTo(0, overviewAt);
  if (!rows[before].hidden) rows[before].querySelector("th a").focus({ preventScroll: true });
}

function route() {
  const i = addressed();
  if (i >= 0) showSection(i);
  else showOverview();
}

window.addEventListener("hashchange", route);
byId("section").addEventListener("keydown", (event) => {
  if (event.key === "Escape") location.hash = "images";
});
// The pictures stand after this script.
document.addEventListener("DOMContentLoaded", route);
