// Keeps what is chosen to compare while one looks around in this tab, and changes the choice
// without leaving the place. Without a script the addresses carry it.
"use strict";

(() => {
  const KEY = "compared";
  const PARTS = [".subjects", ".found-map", ".found-list"];
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  words.className = "visually-hidden";
  document.querySelector("main")?.append(words);

  const chosen = () => document.querySelector("[data-compared]")?.dataset.compared;

  // The browser may keep nothing: then the addresses have to do. What somebody has chosen who was
  // signed in is nothing for the next person; a visitor may sign in meanwhile.
  const reader = document.querySelector(".site-nav .who")?.textContent.trim() ?? "";

  function kept() {
    try {
      const { by, slugs } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
      return by && by !== reader ? null : slugs ?? null;
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ by: reader, slugs: chosen() }));
    } catch { /* as said */ }
  }

  // Returns the page at this address, null where it cannot be had.
  function pageAt(address) {
    return new Promise((resolve) => {
      const asked = new XMLHttpRequest();
      asked.responseType = "document";
      asked.onload = () => resolve(asked.status === 200 ? asked.responseXML : null);
      asked.onerror = () => resolve(null);
      asked.open("GET", address);
      asked.send();
    });
  }

  // Shows the same page with another choice, in the place of what it changes.
  async function show(address) {
    const focused = document.activeElement?.id;
    const page = await pageAt(address);
    if (!page?.querySelector("[data-compared]")) {
      location.assign(address);
      return;
    }
    for (const part of PARTS) {
      const now = document.querySelector(part);
      const next = page.querySelector(part);
      if (now && next) now.replaceWith(document.adoptNode(next));
    }
    const shown = new URL(page.URL);
    history.replaceState(null, "", shown.pathname + shown.search);
    keep();
    const bar = document.querySelector(".compare-bar");
    const said = bar ? [...bar.querySelectorAll("h2, p")].map((one) => one.textContent) : [];
    words.textContent = said.join(". ");
    const again = document.getElementById(focused || "no id") ?? bar?.querySelector(".chip")
      ?? document.querySelector("#answer");
    if (again?.id === "answer") again.tabIndex = -1;
    again?.focus({ preventScroll: true });
  }

  // One change after the other: each begins with what the last one has made of the page.
  let last = Promise.resolve();
  function change(addressNow) {
    last = last.then(() => {
      const address = addressNow();
      return address && show(address);
    });
  }

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (target.id !== "compare" || !submitter?.id) return;
    event.preventDefault();
    change(() => {
      const button = document.getElementById(submitter.id);
      const form = document.getElementById("compare");
      return button && `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form, button))}`;
    });
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-compare]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    change(() => document.querySelector(`a[data-compare="${link.dataset.compare}"]`)?.href);
  });

  // The address says what is chosen, but for pages that one goes back to, or opens from elsewhere.
  function bringBack(isBack) {
    const own = kept();
    const too = document.querySelector("a[data-compare-too]");
    if (too && own) {
      const all = new Set([...own.split(" "), new URL(too.href).searchParams.get("facility")]);
      too.search = new URLSearchParams([...all].map((slug) => ["facility", slug]));
    }
    if (chosen() === undefined) return;
    const args = new URLSearchParams(location.search);
    const isList = Boolean(document.querySelector(".found-list"));
    if (isList && own !== null && own !== chosen() && (isBack || !args.has("compare"))) {
      args.delete("compare");
      for (const slug of own.split(" ").filter(Boolean)) args.append("compare", slug);
      change(() => `${location.pathname}?${args}`);
    } else {
      keep();
    }
  }

  const [entry] = performance.getEntriesByType("navigation");
  bringBack(entry?.type === "back_forward");
  window.addEventListener("pageshow", (event) => { if (event.persisted) bringBack(true); });
})();
