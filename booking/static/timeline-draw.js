// Drawing a time over a free bar, or days over a month, with mouse or pen; a finger scrolls, and a
// tap opens the link. What is drawn fills the request form as the links do. The grid of each bar
// is in its data attributes (`booking/calendars/drawing/picking.py`).
"use strict";

const FARTHEST_CLICK_PX = 5;
const MINUTE_MS = 60_000;
let drawing = null;
const GRID = ["step", "steps", "shortest", "longest", "left", "wide", "shift"];
const numberOf = (bar, name) => Number(bar.dataset.grid.split(" ")[GRID.indexOf(name)]);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The step of a bar's grid under a point.
function stepAt(bar, x) {
  const box = bar.parentElement.getBoundingClientRect();
  const minutes = ((x - box.left) / box.width) * numberOf(bar, "wide") - numberOf(bar, "left");
  return clamp(Math.floor(minutes / numberOf(bar, "step")), 0, numberOf(bar, "steps") - 1);
}

// First and last line of the grid around two steps, within the allowed lengths.
function linesAround(bar, pressed, at) {
  const [shortest, longest, steps] = ["shortest", "longest", "steps"].map((name) => numberOf(bar, name));
  const length = clamp(Math.abs(at - pressed) + 1, shortest, longest);
  const first = at < pressed ? pressed + 1 - length : pressed;
  const start = clamp(first, 0, steps - length);
  return [start, start + length];
}

// The wall time of a line of the grid, such as "2027-01-12T09:30".
function wallAt(bar, step, shift = 0) {
  const minutes = step * numberOf(bar, "step") + shift;
  return new Date(Date.parse(`${bar.dataset.from}Z`) + minutes * MINUTE_MS).toISOString().slice(0, 16);
}

function timesText(bar, [start, end]) {
  const { times, there } = bar.closest("table").dataset;
  if (bar.dataset.days) {
    const days = bar.dataset.days.split("|").slice(start, end);
    return days.length > 1 ? times.replace("{start}", days[0]).replace("{end}", days.at(-1)) : days[0];
  }
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
    const { days, halves } = bar.dataset;
    const [start, end] = this.lines;
    const asked = days
      ? { first_day: wallAt(bar, start).slice(0, 10), last_day: wallAt(bar, end - 1).slice(0, 10) }
      : { from: wallAt(bar, start), to: wallAt(bar, end) };
    if (halves) Object.assign(asked, { first_half: "morning", last_half: "afternoon" });
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url;
  },
  end() {
    this.mark.remove();
  },
});

// Days that can be picked, and days that a date may span.
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

// Removes the drawing from the page; the button may still be down.
function wipe() {
  if (drawing?.begun && !drawing.over) drawing.end();
  document.body.classList.remove("is-drawing");
}

function stop() {
  wipe();
  drawing = null;
}

// The click after a release must not open the link below.
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
