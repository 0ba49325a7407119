// Timelines and months by keyboard and mouse. Every page works without it: each time that can be
// picked is a link, each fold is a link.
"use strict";

// What is being drawn with the mouse, see below.
let drawing = null;

// -- Arrows move, Enter picks, Escape leaves ---------------------------------------------------

const GRIDS = "table.timeline, table.month";

// What a grid's keys reach, row by row: bars with a meaning, days of a month.
function rowsOf(grid) {
  const cells = grid.matches(".month")
    ? ".day:not(.day-outside) > *"
    : ".bar:not(.bar-not-open) > :is(a, .bar-still)";
  return [...grid.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll(cells)])
    .filter((row) => row.length);
}

// One stop for Tab in each grid; the rest is reached by arrows.
function prepare(root) {
  for (const grid of root.querySelectorAll(GRIDS)) {
    const cells = rowsOf(grid).flat();
    const stop = cells.find((cell) => cell.matches("a")) || cells[0];
    for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;
  }
}

const middleOf = (cell) => {
  const box = cell.getBoundingClientRect();
  return box.left + box.width / 2;
};

// Of another row what covers the middle of this cell, else what is nearest to it.
function nearest(row, cell) {
  const at = middleOf(cell);
  const away = (one) => {
    const box = one.getBoundingClientRect();
    return Math.max(box.left - at, at - box.right, 0);
  };
  return row.reduce((best, one) => (away(one) < away(best) ? one : best));
}

function target(grid, cell, event) {
  const rows = rowsOf(grid);
  const at = rows.findIndex((row) => row.includes(cell));
  const row = rows[at];
  const whole = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case "ArrowLeft": return row[row.indexOf(cell) - 1];
    case "ArrowRight": return row[row.indexOf(cell) + 1];
    case "ArrowUp": return rows[at - 1] && nearest(rows[at - 1], cell);
    case "ArrowDown": return rows[at + 1] && nearest(rows[at + 1], cell);
    case "Home": return whole ? rows[0][0] : row[0];
    case "End": return whole ? rows.at(-1).at(-1) : row.at(-1);
  }
  return null;
}

// Focus goes on to what follows the grid: its key, from where Tab leads on.
function leave(grid) {
  const key = grid.parentElement.querySelector(".timeline-key");
  if (!key) return document.activeElement.blur();
  key.tabIndex = -1;
  key.focus();
}

document.addEventListener("keydown", (event) => {
  const cell = event.target;
  const grid = cell.closest?.(GRIDS);
  if (!grid || !cell.matches(".bar > *, .day > *") || event.altKey || event.shiftKey) return;
  if (drawing?.begun) return;
  if (event.key === "Escape") return leave(grid);
  const next = target(grid, cell, event);
  if (next === null) return;
  event.preventDefault();
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

// What is clicked is where arrows go on.
document.addEventListener("focusin", (event) => {
  const grid = event.target.closest?.(GRIDS);
  if (!grid || !event.target.matches(".bar > *, .day > *")) return;
  for (const cell of rowsOf(grid).flat()) cell.tabIndex = cell === event.target ? 0 : -1;
});

// -- Folding without losing one's place --------------------------------------------------------

const FOLDS = "a.fold, .is-folded .bar > a, .timeline-list-group li a";
const isPlain = (event) =>
  !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

// Puts the content of another page of ours in place of this one's. `XMLHttpRequest` makes a
// document of the answer by itself; from a text nothing may be made (trusted types).
function fetchPage(address, then) {
  const asking = new XMLHttpRequest();
  asking.open("GET", address);
  asking.responseType = "document";
  asking.onloadend = () => {
    const fresh = asking.status === 200 && asking.response?.querySelector("main");
    if (!fresh) return location.assign(address);
    document.querySelector("main").replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", address.split("#")[0]);
    then();
  };
  asking.send();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(FOLDS);
  if (!link || event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  const { row } = link.closest("tr, .timeline-list-group, .timeline-list-row").querySelector(".fold").dataset;
  const form = link.closest(".timeline-list") ? ".timeline-list" : ".timeline";
  fetchPage(link.href, () => {
    prepare(document);
    document.querySelector(`${form} .fold[data-row="${row}"]`)?.focus({ preventScroll: true });
  });
});

// -- Drawing a time over a free bar, or days over a month --------------------------------------
// With the mouse or a pen; a finger scrolls, and a tap opens the link.

const FARTHEST_CLICK_PX = 5;
const MINUTE_MS = 60_000;
const numberOf = (bar, name) => Number(bar.dataset[name]);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The step of a bar's grid under a point.
function stepAt(bar, x) {
  const box = bar.parentElement.getBoundingClientRect();
  const minutes = ((x - box.left) / box.width) * numberOf(bar, "wide") - numberOf(bar, "left");
  return clamp(Math.floor(minutes / numberOf(bar, "step")), 0, numberOf(bar, "steps") - 1);
}

// First and last line of the grid around two steps: not shorter or longer than allowed.
function linesAround(bar, pressed, at) {
  const [shortest, longest, steps] = ["shortest", "longest", "steps"].map((name) => numberOf(bar, name));
  const length = clamp(Math.abs(at - pressed) + 1, shortest, longest);
  const first = at < pressed ? pressed + 1 - length : pressed;
  const start = clamp(first, 0, steps - length);
  return [start, start + length];
}

// Wall time so many steps after the first line of the grid: "2027-01-12T09:30".
function wallAt(bar, step, shift = 0) {
  const minutes = step * numberOf(bar, "step") + shift;
  return new Date(Date.parse(`${bar.dataset.from}Z`) + minutes * MINUTE_MS).toISOString().slice(0, 16);
}

function timesText(bar, [start, end]) {
  const { times, there } = bar.closest("table").dataset;
  const shift = numberOf(bar, "shift");
  const between = (ahead) =>
    times
      .replace("{start}", wallAt(bar, start, ahead).slice(11))
      .replace("{end}", wallAt(bar, end, ahead).slice(11));
  return shift ? `${between(shift)} · ${there.replace("{times}", between(0))}` : between(0);
}

const overBar = (bar, x) => ({
  begin() {
    this.pressed = stepAt(bar, x);
    this.mark = bar.parentElement.appendChild(document.createElement("div"));
    this.mark.className = "bar-drawn";
    this.text = this.mark.appendChild(document.createElement("span"));
  },
  move(event) {
    const lines = linesAround(bar, this.pressed, stepAt(bar, event.clientX));
    const [step, left, wide] = ["step", "left", "wide"].map((name) => numberOf(bar, name));
    this.lines = lines;
    this.mark.style.left = `${((left + lines[0] * step) / wide) * 100}%`;
    this.mark.style.width = `${(((lines[1] - lines[0]) * step) / wide) * 100}%`;
    this.text.textContent = timesText(bar, lines);
  },
  address() {
    const url = new URL(bar.href);
    url.searchParams.set("from", wallAt(bar, this.lines[0]));
    url.searchParams.set("to", wallAt(bar, this.lines[1]));
    return url;
  },
  end() {
    this.mark.remove();
  },
});

// Days that can be picked, and those that a date may last through.
const PICKED = ".day-free, .day-partly";
const PASSED = `${PICKED}, .day-not-open`;

const overDays = (link) => ({
  begin() {
    this.cells = [...link.closest("table").querySelectorAll("td[data-day]")];
    this.pressed = this.cells.indexOf(link.closest("td"));
    this.text = document.createElement("span");
    this.text.className = "day-drawn-text";
  },
  move(event) {
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("td[data-day]");
    const at = this.cells.indexOf(under);
    if (at < 0) return;
    const most = Number(link.closest("table").dataset.longest) || Infinity;
    const run = [this.cells[this.pressed]];
    for (let next = this.pressed; next !== at; ) {
      next += Math.sign(at - this.pressed);
      if (!this.cells[next].matches(PASSED)) break;
      run.push(this.cells[next]);
      if (run.filter((cell) => cell.matches(PICKED)).length >= most) break;
    }
    while (!run.at(-1).matches(PICKED)) run.pop();
    if (at < this.pressed) run.reverse();
    for (const cell of this.cells) cell.classList.toggle("day-is-drawn", run.includes(cell));
    [this.first, this.last] = [run[0], run.at(-1)];
    const { times } = link.closest("table").dataset;
    const [start, end] = [this.first.dataset.label, this.last.dataset.label];
    this.text.textContent = start === end ? start : times.replace("{start}", start).replace("{end}", end);
    this.last.append(this.text);
  },
  address() {
    const url = new URL(link.closest("table").dataset.ask, location.href);
    for (const [side, cell] of [["first", this.first], ["last", this.last]]) {
      const own = new URL(cell.querySelector("a").href).searchParams;
      const half = own.get(`${side}_half`);
      url.searchParams.set(`${side}_day`, cell.dataset.day);
      if (!half) continue;
      const whole = side === "first" ? "morning" : "afternoon";
      url.searchParams.set(`${side}_half`, own.get(`${side}_day`) === cell.dataset.day ? half : whole);
    }
    return url;
  },
  end() {
    this.text.remove();
    for (const cell of this.cells) cell.classList.remove("day-is-drawn");
  },
});

// Takes the drawing off the page. The button may still be held down.
function wipe() {
  if (drawing?.begun && !drawing.over) drawing.end();
  document.body.classList.remove("is-drawing");
}

function stop() {
  wipe();
  drawing = null;
}

// The click that follows a release must not open the link under it.
function swallowClick() {
  const swallow = (event) => event.preventDefault();
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
}

document.addEventListener("pointerdown", (event) => {
  const link = event.target.closest?.("a[data-from], table[data-ask] td[data-day] > a");
  if (!link || event.pointerType === "touch" || !isPlain(event)) return;
  drawing = link.dataset.from ? overBar(link, event.clientX) : overDays(link);
  drawing.x = event.clientX;
  drawing.y = event.clientY;
});

document.addEventListener("dragstart", (event) => {
  if (drawing) event.preventDefault();
});

document.addEventListener("pointermove", (event) => {
  if (!drawing) return;
  if (!event.buttons) return stop();
  if (drawing.over) return;
  if (!drawing.begun) {
    const far = Math.hypot(event.clientX - drawing.x, event.clientY - drawing.y);
    if (far < FARTHEST_CLICK_PX) return;
    drawing.begun = true;
    drawing.begin();
    document.body.classList.add("is-drawing");
  }
  drawing.move(event);
});

document.addEventListener("pointerup", () => {
  if (drawing?.begun) {
    swallowClick();
    if (!drawing.over) location.assign(drawing.address());
  }
  stop();
});

document.addEventListener("pointercancel", stop);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drawing?.begun) return;
  wipe();
  drawing.over = true;
});

prepare(document);
