/* Where a picture is looked at: how large, and how far moved. Lengths are shares of the pane. */

const MOST_ZOOM = 16;

/** Return a view that is told of each change. */
function makeView(onChange) {
  const view = { scale: 1, x: 0, y: 0 };
  const within = (value, reach) => Math.min(Math.max(value, -reach), reach);
  const settle = () => {
    const reach = (view.scale - 1) / 2; // no edge comes further in than its pane's
    view.x = within(view.x, reach);
    view.y = within(view.y, reach);
    onChange(view);
  };
  return {
    get scale() { return view.scale; },
    /** Zoom by a factor; what is at x, y (from the middle) stays there. */
    zoom(factor, x = 0, y = 0) {
      const scale = Math.min(Math.max(view.scale * factor, 1), MOST_ZOOM);
      view.x = x - ((x - view.x) * scale) / view.scale;
      view.y = y - ((y - view.y) * scale) / view.scale;
      view.scale = scale;
      settle();
    },
    move(x, y) {
      view.x += x;
      view.y += y;
      settle();
    },
    fit() {
      Object.assign(view, { scale: 1, x: 0, y: 0 });
      settle();
    },
  };
}

/** Follow the pointers on a stage: one drags, two pinch, a wheel zooms. */
function followPointers(stage, view, paneAt, slides, slideTo) {
  const held = new Map();
  let sliding = false;

  const spot = (event) => {
    const box = paneAt(event).getBoundingClientRect();
    return [(event.clientX - box.left) / box.width - 0.5, (event.clientY - box.top) / box.height - 0.5, box];
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    const onHandle = event.target.closest(".handle") !== null;
    stage.setPointerCapture(event.pointerId);
    held.set(event.pointerId, event);
    sliding = held.size === 1 && slides() && (onHandle || view.scale === 1);
    // A finger may be about to scroll the page: it slides only when it moves sideways.
    if (sliding && event.pointerType === "mouse") slideTo(event.clientX);
  });

  stage.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) return;
    if (held.size === 2) pinch(event, before);
    else if (sliding) slideTo(event.clientX);
    else {
      const [, , box] = spot(event);
      view.move((event.clientX - before.clientX) / box.width, (event.clientY - before.clientY) / box.height);
    }
    held.set(event.pointerId, event);
  });

  function pinch(event, before) {
    sliding = false;
    const [other] = [...held.values()].filter((pointer) => pointer.pointerId !== event.pointerId);
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const [x, y] = spot({
      target: event.target,
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    });
    if (apart(before) > 0) view.zoom(apart(event) / apart(before), x, y);
  }

  const release = (event) => {
    held.delete(event.pointerId);
    if (!held.size) sliding = false;
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);

  stage.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && view.scale === 1) return; // the page goes on scrolling
    event.preventDefault();
    const [x, y] = spot(event);
    view.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), x, y);
  }, { passive: false });

  stage.addEventListener("dblclick", (event) => {
    const [x, y] = spot(event);
    view.zoom(2, x, y);
  });
}
