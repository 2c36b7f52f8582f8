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
    make("div", { class: "charts" },
      image.matrix ? makeCard("Each class", makeClasses(image), "wide") : "",
      image.scores.length ? makeCard("Scores", makeTable("Scores of this image",
        ["score", "CNN map", "CSC map"], image.scores)) : "",
      image.matrix ? makeCard("Confusion matrix, CSC map", makeMatrix(image.matrix)) : ""),
  ];
}

function makeCard(title, content, shape = "") {
  return make("div", { class: `card ${shape}` }, make("h2", {}, title), content);
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

function percent(share) {
  if (share === 0 || share === 1) return `${100 * share} %`;
  if (share < 0.0005) return "<0.1 %";
  return share >= 0.9995 ? ">99.9 %" : `${(100 * share).toFixed(1)} %`;
}

/** Return a number of pixels, as short as in the rest of the report. */
function shortCount(count) {
  if (count < 1e6) return count.toLocaleString("en");
  return count < 1e9 ? `${(count / 1e6).toFixed(2)} million` : `${(count / 1e9).toFixed(2)} billion`;
}

/** Return the confusion matrix: counts by labelled class, then by mapped class or none. */
function makeMatrix(counts) {
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const classes = facts.classes.length;
  const held = facts.classes.map((_, k) => k)
    .filter((k) => sum(counts[k]) || counts.some((row) => row[k]));
  const columns = counts.some((row) => row[classes]) ? [...held, classes] : held;
  const cell = (row, column) => {
    const [count, support] = [counts[row][column], sum(counts[row])];
    const depth = support ? Math.min(9, Math.ceil(9 * Math.sqrt(count / support))) : 0;
    const way = row === column ? "right" : "wrong";
    if (!count) return make("td", { class: `${way} d0` });
    return make("td", { class: `${way} d${depth}` }, percent(count / support),
      make("small", {}, shortCount(count)));
  };
  const head = (k) => make("th", { scope: "col" }, facts.classes[k] ?? "no class");
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix of this image" },
    make("table", { class: "plain matrix" },
      make("thead", {},
        make("tr", {}, make("td"), make("th", { scope: "colgroup", colspan: columns.length }, "mapped as")),
        make("tr", {}, make("th", { scope: "col" }, "labelled"), ...columns.map(head))),
      make("tbody", {}, ...held.map((row) =>
        make("tr", {}, make("th", { scope: "row" }, makeClass(row)), ...columns.map((column) => cell(row, column)))))));
}
