// Timelines and months by keyboard, and collapsing groups in place. Every page works without it:
// everything that can be picked or collapsed is a link.
"use strict";

// -- Arrows move, Enter picks, Escape leaves ---------------------------------------------------

const GRIDS = "table.timeline, table.month";

// The cells that arrow keys reach, row by row: bars with a text, days of a month.
function rowsOf(grid) {
  const cells = grid.matches(".month")
    ? ".day:not(.day-outside) > *"
    : ".bar:not(.bar-not-open) > :is(a, .bar-still)";
  return [...grid.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll(cells)])
    .filter((row) => row.length);
}

// Each grid has one tab stop; arrow keys reach the rest.
function prepare(root) {
  for (const hint of root.querySelectorAll(".timeline-hint")) hint.hidden = false;
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

// In another row: the cell over the middle of this one, else the nearest.
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

// Moves focus to the key after the grid, from where Tab goes on.
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
  if (document.body.classList.contains("is-drawing")) return;
  if (event.key === "Escape") return leave(grid);
  const next = target(grid, cell, event);
  if (next === null) return;
  event.preventDefault();
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

// Arrow keys go on from the cell that was clicked.
document.addEventListener("focusin", (event) => {
  const grid = event.target.closest?.(GRIDS);
  if (!grid || !event.target.matches(".bar > *, .day > *")) return;
  for (const cell of rowsOf(grid).flat()) cell.tabIndex = cell === event.target ? 0 : -1;
});

// -- Collapsing without losing one's place -----------------------------------------------------

const FOLDS = "a.fold, .is-folded .bar > a, .timeline-list-group li a";
const isPlain = (event) =>
  !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

// Replaces the content by that of another of our pages. `XMLHttpRequest` parses the response into
// a document itself; trusted types forbid parsing text.
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

prepare(document);
