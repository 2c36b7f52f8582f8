/* Elements are made of text, never of markup: what a file's name holds stays text. */

const byId = (id) => document.getElementById(id);

/** Return an element with attributes and children; text becomes text nodes, nothing is skipped. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

/** Return a table in a region that scrolls by keyboard; a cell is text or an element. */
function makeTable(label, heads, rows, mark = () => "num") {
  const cell = (content, column) =>
    column === 0
      ? make("th", { scope: "row" }, content)
      : make("td", { class: mark(column) }, content);
  return make(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    make(
      "table",
      { class: "plain" },
      make(
        "thead",
        {},
        make("tr", {}, ...heads.map((text, column) =>
          make("th", { scope: "col", class: column ? mark(column) : "" }, text))),
      ),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))),
    ),
  );
}

/** Return a class's name with its colour. */
function makeClass(position) {
  return make("span", { class: "entry" },
    make("i", { class: `swatch c${position}` }), facts.classes[position]);
}

const facts = JSON.parse(byId("facts").textContent);
document.documentElement.classList.add("js");
