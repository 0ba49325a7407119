// Offers what can be searched for while somebody types (the ARIA pattern of an editable combobox
// with a list). Without it the field is a plain search.
"use strict";

const WAIT = 120;

function part(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function pieces(parent, marked) {
  for (const [text, isTyped] of marked) {
    parent.append(isTyped ? part("strong", "", text) : text);
  }
  return parent;
}

function icon(address) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", address);
  picture.append(use);
  return picture;
}

function offerSuggestions(input) {
  const form = input.form;
  const answers = new Map();
  const list = part("ul", "suggestions");
  list.id = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.label);
  list.hidden = true;
  const status = part("p", "visually-hidden");
  status.setAttribute("role", "status");
  input.closest(".question-what").append(list, status);
  for (const [name, value] of [
    ["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
    ["aria-controls", list.id], ["autocomplete", "off"],
  ]) input.setAttribute(name, value);
  let shown = [];
  let active = -1;
  let timer = 0;
  let asked = "";

  function close() {
    clearTimeout(timer);
    asked = "";
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function activate(number) {
    active = number;
    [...list.children].forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === number));
    });
    if (number < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[number].id);
      list.children[number].scrollIntoView({ block: "nearest" });
    }
  }

  function optionOf(one, number) {
    const option = part("li", "suggestion");
    option.id = `suggestion-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const name = pieces(part("span", "suggestion-name"), one.text);
    if (one.also.length) name.append(" ", pieces(part("span", "muted"), [["(", false], ...one.also, [")", false]]));
    option.append(icon(`${input.dataset.icons}#${one.icon}`), name, " ", part("span", "suggestion-note", one.note));
    return option;
  }

  function show(answer) {
    shown = answer.suggestions;
    list.replaceChildren(...shown.map(optionOf));
    status.textContent = answer.status;
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    activate(-1);
  }

  async function ask() {
    const address = `${input.dataset.suggestions}?${new URLSearchParams(new FormData(form))}`;
    asked = address;
    if (!answers.has(address)) {
      try {
        const response = await fetch(address);
        if (!response.ok) return;
        answers.set(address, await response.json());
      } catch {
        return; // no suggestions: the search works all the same
      }
    }
    // Somebody may have typed on, or left, meanwhile.
    if (asked === address && document.activeElement === input) show(answers.get(address));
  }

  function later() {
    clearTimeout(timer);
    if (input.value.trim().length < 2) {
      close();
      status.textContent = "";
    } else {
      timer = setTimeout(ask, WAIT);
    }
  }

  input.addEventListener("input", later);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = shown.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        if (input.value.trim().length >= 2) ask();
      } else if (event.key === "ArrowDown") {
        activate(active === last ? -1 : active + 1);
      } else {
        activate(active < 0 ? last : active - 1);
      }
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign(shown[active].url);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // Before the field loses the focus, which would close the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const number = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (number >= 0) location.assign(shown[number].url);
  });
}

for (const input of document.querySelectorAll("[data-suggestions]")) offerSuggestions(input);
