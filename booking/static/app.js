// Small conveniences; every page works without them.
"use strict";

// Tells the server the browser's time zone, so that calendars use it on the first visit.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`browser_zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `browser_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

// Open menus close on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  }
});

// Inserts the chosen saved reply into its field; without a script the page is loaded anew with it.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert-into]");
  const field = button && document.getElementById(button.dataset.insertInto);
  const chosen = button?.parentElement.querySelector("select").selectedOptions[0];
  if (!field || !chosen?.value) return;
  event.preventDefault();
  field.value = [field.value.trimEnd(), chosen.dataset.text].filter(Boolean).join("\n\n");
  field.focus();
});

// Says the chosen day and time in words, where the browser's own field may write them otherwise.
const english = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const dayFormat = new Intl.DateTimeFormat(english, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const hasTwelveHours = new Intl.DateTimeFormat(navigator.language, { hour: "numeric" })
  .resolvedOptions().hour12;

function dayWords(value) {
  const day = new Date(`${value}T00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(value) && !isNaN(day)
    ? dayFormat.format(day).replace(",", "") : "";
}

function keepWords(words, input, textOf) {
  const write = () => { words.textContent = textOf(input.value); };
  input.addEventListener("input", write);
  input.addEventListener("change", write);
  write();
}

for (const words of document.querySelectorAll("[data-day-of]")) {
  const input = document.getElementById(words.dataset.dayOf);
  if (input?.type === "date") keepWords(words, input, dayWords);
}
for (const words of document.querySelectorAll("[data-time-of]")) {
  const input = document.getElementById(words.dataset.timeOf);
  if (input?.type !== "time") continue;
  keepWords(words, input, (value) =>
    value && hasTwelveHours ? words.dataset.words.replace("{time}", value) : "");
}
