/* Two pictures of an image: behind a divider, or side by side and moved together. */

const KINDS = { image: "image", csc: "CSC map", cnn: "CNN map", labels: "labels", confidence: "confidence" };

// What was chosen stays chosen from image to image.
const choice = { left: "image", right: "csc", side: false, divider: 50 };

function chosenKind(which, pictures) {
  if (choice[which] in pictures) return choice[which];
  const there = Object.keys(pictures);
  return which === "left" ? there[0] : there[there.length - 1];
}

/** Return the viewer of an image's pictures, by kind; width / height of the image is its ratio;
    what stands beside them is `beside`. */
function makeViewer(image, pictures, beside) {
  const panes = { left: makePane(), right: makePane() };
  const handle = make("div", {
    class: "handle", role: "slider", tabindex: 0, "aria-label": "Divider between the two pictures",
    "aria-valuemin": 0, "aria-valuemax": 100,
  });
  const stage = make("div", {
    class: "stage", tabindex: 0, role: "group", "aria-describedby": "viewer-keys",
    "aria-label": `Pictures of ${image.name}`,
  }, panes.left, panes.right, handle);
  stage.style.setProperty("--ratio", Math.min(Math.max(image.ratio, 0.5), 3));
  const level = make("output", { class: "level-text" }, "1×");

  const view = makeView(({ scale, x, y }) => {
    for (const pane of Object.values(panes)) {
      pane.firstChild.style.transform = `translate(${100 * x}%, ${100 * y}%) scale(${scale})`;
    }
    level.textContent = `${scale < 10 ? Number(scale.toFixed(1)) : Math.round(scale)}×`;
    stage.classList.toggle("zoomed", scale > 1);
  });

  function slide(percent) {
    choice.divider = Math.min(Math.max(percent, 0), 100);
    stage.style.setProperty("--divider", `${choice.divider}%`);
    const whole = Math.round(choice.divider);
    handle.setAttribute("aria-valuenow", whole);
    handle.setAttribute("aria-valuetext",
      `${KINDS[chosenKind("left", pictures)]} on ${whole} %, ${KINDS[chosenKind("right", pictures)]} on ${100 - whole} %`);
  }

  function slideTo(clientX) {
    const box = stage.getBoundingClientRect();
    slide((100 * (clientX - box.left)) / box.width);
  }

  function show() {
    for (const [which, pane] of Object.entries(panes)) {
      const kind = chosenKind(which, pictures);
      pane.firstChild.src = pictures[kind];
      pane.firstChild.alt = `${KINDS[kind]} of ${image.name}`;
      pane.firstChild.className = kind === "image" ? "" : "map";
      pane.lastChild.textContent = KINDS[kind];
    }
    stage.classList.toggle("side", choice.side);
    handle.hidden = choice.side;
    ramp.hidden = !["left", "right"].some((which) => chosenKind(which, pictures) === "confidence");
    slide(choice.divider);
  }

  const ramp = make("p", { class: "ramp" }, "Confidence of the CSC map: 0 % ", make("i"), " 100 %");
  const tools = makeTools(pictures, view, level, show);
  followPointers(stage, view, (event) => event.target.closest(".pane") ?? panes.left,
    () => !choice.side, slideTo);
  stage.addEventListener("keydown", (event) => onKey(event, view, handle, slide));
  show();
  return make("div", { class: "viewer" }, tools, make("div", { class: "look" }, stage, beside), ramp,
    make("p", { class: "soft keys", id: "viewer-keys" },
      "Drag the divider; wheel, pinch or double-click to zoom, drag to move. " +
      "Keys: arrows, + and −, 0 fits, n and p for the next and previous image."));
}

function makePane() {
  return make("div", { class: "pane" }, make("img", { draggable: "false", decoding: "async" }),
    make("span", { class: "tag", "aria-hidden": "true" }));
}

function makeTools(pictures, view, level, show) {
  const select = (which, label) => {
    const options = Object.keys(pictures).map((kind) => make("option", { value: kind }, KINDS[kind]));
    const box = make("select", { name: which }, ...options);
    box.value = chosenKind(which, pictures);
    box.addEventListener("change", () => {
      choice[which] = box.value;
      show();
    });
    return make("label", {}, `${label} `, box);
  };
  const button = (text, label, act) => {
    const made = make("button", { type: "button", "aria-label": label, title: label }, text);
    made.addEventListener("click", act);
    return made;
  };
  const side = button("Side by side", "Side by side", () => {
    choice.side = !choice.side;
    side.setAttribute("aria-pressed", choice.side);
    view.fit();
    show();
  });
  side.setAttribute("aria-pressed", choice.side);
  return make("div", { class: "tools", role: "group", "aria-label": "Pictures and zoom" },
    select("left", "Left"), select("right", "Right"), side,
    make("span", { class: "zooms" },
      button("−", "Zoom out", () => view.zoom(1 / 1.5)), level,
      button("+", "Zoom in", () => view.zoom(1.5)), button("Fit", "Fit", () => view.fit())));
}

function onKey(event, view, handle, slide) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const onDivider = !choice.side && (event.target === handle || view.scale === 1);
  const step = event.shiftKey ? 10 : 2;
  const moves = {
    ArrowLeft: () => (onDivider ? slide(choice.divider - step) : view.move(0.1, 0)),
    ArrowRight: () => (onDivider ? slide(choice.divider + step) : view.move(-0.1, 0)),
    ArrowUp: () => (event.target === handle ? slide(choice.divider + step) : view.move(0, 0.1)),
    ArrowDown: () => (event.target === handle ? slide(choice.divider - step) : view.move(0, -0.1)),
    Home: () => slide(0),
    End: () => slide(100),
    "+": () => view.zoom(1.5),
    "=": () => view.zoom(1.5),
    "-": () => view.zoom(1 / 1.5),
    0: () => view.fit(),
    n: () => byId("next").click(),
    p: () => byId("previous").click(),
  };
  // Where there is nothing to move, up and down go on scrolling the page.
  const scrolls = ["ArrowUp", "ArrowDown"].includes(event.key) && view.scale === 1;
  if (!(event.key in moves) || (scrolls && event.target !== handle)) return;
  event.preventDefault();
  moves[event.key]();
}
