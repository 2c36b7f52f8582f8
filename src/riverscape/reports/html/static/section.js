/* An image's section: its pictures, what they hold, how good the maps are, and why. */

/** Return an image's pictures by kind: addresses, or the pictures themselves. */
function picturesOf(i) {
  const block = byId(`pictures-${i}`);
  return block ? JSON.parse(block.textContent) : {};
}

/** Return what stands beside the pictures: what the colours mean, what is wrong, and why. */
function makeBeside(image) {
  const legend = image.classes.filter(([, , share]) => share !== "0 %")
    .map(([position, amount, share]) => [makeClass(position), make("span", {}, share, make("small", {}, amount))]);
  return make("div", { class: "beside" },
    legend.length
      ? makeCard("CSC map", makeTable("Land cover of the CSC map", ["class", "share"], legend))
      : "",
    makeWords("Largest mistakes", image.mistakes),
    makeWords("Notes", image.notes));
}

/** Return the parts of an image's section; `pictures` is what stands where pictures belong. */
function makeSection(image, pictures) {
  const about = [image.river, image.size, image.file, image.time && `classified in ${image.time}`];
  return [
    make("p", { class: "soft" }, about.filter(Boolean).join(" · ")),
    pictures,
    make("div", { class: "cards" },
      image.matrix ? makeCard("Each class", makeClasses(image)) : "",
      image.scores.length ? makeCard("Scores", makeTable("Scores of this image",
        ["score", "CNN map", "CSC map"], image.scores)) : "",
      image.matrix ? makeCard("Confusion matrix, CSC map", makeMatrix(image.matrix)) : ""),
  ];
}

function makeCard(title, content) {
  return make("div", { class: "card" }, make("h2", {}, title), content);
}

function makeWords(title, texts) {
  if (!texts.length) return "";
  return makeCard(title, make("ul", {}, ...texts.map((text) => make("li", {}, text))));
}

function makeClasses(image) {
  const heads = ["class", "in the CSC map", "share", "F1 CNN", "F1 CSC", "precision", "recall", "labelled px"];
  const classes = image.classes.map(([position, ...cells]) => [makeClass(position), ...cells]);
  return makeTable("Scores of each class", heads, classes);
}

/** Return the confusion matrix, of finished cells: share, pixels, depth of the tint, right. */
function makeMatrix({ heads, rows }) {
  const cell = ([share, pixels, depth, right]) =>
    make("td", { class: `${right ? "right" : "wrong"} d${depth}` }, share,
      share && make("small", {}, pixels));
  const head = (name) => make("th", { scope: "col" }, name);
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix of this image" },
    make("table", { class: "plain matrix" },
      make("thead", {},
        make("tr", {}, make("td"), make("th", { scope: "colgroup", colspan: heads.length }, "mapped as")),
        make("tr", {}, make("th", { scope: "col" }, "labelled"), ...heads.map(head))),
      make("tbody", {}, ...rows.map(([position, support, cells]) =>
        make("tr", {}, make("th", { scope: "row" }, makeClass(position), make("small", {}, `${support} px`)),
          ...cells.map(cell))))));
}
