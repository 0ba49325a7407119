// What tools for accessibility do not measure. Each function returns its findings as texts.
"use strict";

window.measures = (() => {
  const name = (it) => `<${it.localName} class="${it.className}"> ${(it.innerText || it.name || "").trim().slice(0, 40)}`;

  const shown = (it) => {
    if (!it.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const box = it.getBoundingClientRect();
    return box.width > 2 && box.height > 2;
  };

  // -- colours ---------------------------------------------------------------------------

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [red, green, blue], alpha: alpha / 255 };
  };

  const over = (colour, ground) => {
    const { rgb, alpha } = parts(colour);
    return rgb.map((part, at) => part * alpha + ground[at] * (1 - alpha));
  };

  // The colour that stands behind an element's edge.
  const groundOf = (it) => {
    const layers = [];
    for (let up = it; up; up = up.parentElement) {
      const colour = getComputedStyle(up).backgroundColor;
      layers.push(colour);
      if (parts(colour).alpha === 1) break;
    }
    return layers.reduceRight((ground, colour) => over(colour, ground), [255, 255, 255]);
  };

  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const EDGED = [
    "input:not([type=hidden])", "select", "textarea", "button", ".btn", ".chip", ".slot-link",
    ".bar > *", ".swatch",
  ].join(", ");

  // An element is told from its ground by its edge or by its filling. What has neither is text.
  const edges = () => [...document.querySelectorAll(EDGED)].filter(shown).flatMap((it) => {
    const style = getComputedStyle(it);
    const outside = groundOf(it.parentElement);
    const colours = ["Top", "Right", "Bottom", "Left"]
      .filter((side) => parseFloat(style[`border${side}Width`]) > 0)
      .filter((side) => style[`border${side}Style`] !== "none")
      .map((side) => style[`border${side}Color`])
      .filter((colour) => parts(colour).alpha > 0)
      .map((colour) => over(colour, outside));
    if (parts(style.backgroundColor).alpha > 0) colours.push(over(style.backgroundColor, outside));
    const best = Math.max(...colours.map((colour) => contrast(colour, outside)));
    const isText = !colours.length || best < 1.01;
    return isText || best >= 3 ? [] : [`${name(it)}: ${best.toFixed(2)}`];
  });

  // -- sizes -----------------------------------------------------------------------------

  const sideways = () => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter(
      (it) => shown(it) && it.getBoundingClientRect().right > root.clientWidth + 1);
    return [`${root.scrollWidth} px wide: ${wide.slice(0, 3).map(name).join("; ")}`];
  };

  // A link within a sentence is as high as its line: text of its own stands around it.
  const isInText = (it) => {
    if (getComputedStyle(it).display !== "inline") return false;
    let block = it.parentElement;
    while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
    const links = [...block.querySelectorAll("a, button")];
    const linked = links.reduce((sum, link) => sum + link.textContent.trim().length, 0);
    return block.textContent.trim().replaceAll(/\s+/g, " ").length > linked + 3;
  };

  const TARGETS = "a[href], button, summary, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio])";

  const small = () => [...document.querySelectorAll(TARGETS)].filter(shown).flatMap((it) => {
    const { height, width } = it.getBoundingClientRect();
    // How long a bar is says how long the time is; the list has the same links.
    const least = it.closest(".bar") ? height : Math.min(height, width);
    if (least >= 23.9 || isInText(it)) return [];
    return [`${name(it)}: ${Math.round(width)} x ${Math.round(height)}`];
  });

  // -- what is cut off or lies on something else -------------------------------------------

  // For screen readers only: one pixel, or nothing of it painted.
  const isHidden = (it) => {
    for (let up = it; up; up = up.parentElement) {
      const { clipPath, overflow } = getComputedStyle(up);
      const box = up.getBoundingClientRect();
      if (clipPath.startsWith("inset(50%") || (overflow !== "visible" && box.width <= 2)) return true;
    }
    return !it.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };

  const boxOf = (it) => {
    let block = it;
    while (["inline", "contents"].includes(getComputedStyle(block).display)) block = block.parentElement;
    return block;
  };

  // Texts of which a part is not painted, or that leave the box in which they stand. What can be
  // scrolled is not cut off; what ends in "…" is cut off on purpose.
  const cut = () => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      const it = text.parentElement;
      if (!text.data.trim() || it.closest("svg, script, option, select, datalist") || isHidden(it)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const own = boxOf(it);
      for (const part of range.getClientRects()) {
        for (let up = own; up && up !== document.documentElement; up = up.parentElement) {
          const { overflowX, overflowY, textOverflow } = getComputedStyle(up);
          const box = up.getBoundingClientRect();
          const aside = part.right > box.right + 1 || part.left < box.left - 1;
          const above = part.bottom > box.bottom + 2 || part.top < box.top - 2;
          if (textOverflow === "ellipsis" || /auto|scroll/.test(overflowX + overflowY)) break;
          if (aside && (up === own || overflowX !== "visible")) found.add(`${name(it)} in ${name(up)}`);
          else if (above && overflowY !== "visible") found.add(`${name(it)} in ${name(up)}`);
        }
      }
    }
    for (const it of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), select")) {
      const { fontSize, paddingTop, paddingBottom } = getComputedStyle(it);
      const least = parseFloat(fontSize) + parseFloat(paddingTop) + parseFloat(paddingBottom);
      if (shown(it) && it.getBoundingClientRect().height < least) found.add(`${name(it)}: too low`);
    }
    return [...found];
  };

  // What one presses and that lies on something else to press.
  const overlapping = () => {
    const isLoose = (it) => {
      for (let up = it; up; up = up.parentElement) {
        if (["sticky", "fixed"].includes(getComputedStyle(up).position)) return true;
      }
      return Boolean(it.closest("svg, .suggestions, .menu-list"));
    };
    const all = [...document.querySelectorAll(`${TARGETS}, [type=checkbox], [type=radio]`)]
      .filter((it) => shown(it) && !isHidden(it) && !isLoose(it))
      .map((it) => ({ it, boxes: [...it.getClientRects()] }));
    const meet = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 3
      && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;
    return all.flatMap((one, at) => all.slice(at + 1)
      .filter((other) => !one.it.contains(other.it) && !other.it.contains(one.it))
      .filter((other) => one.boxes.some((box) => other.boxes.some((its) => meet(box, its))))
      .map((other) => `${name(one.it)} and ${name(other.it)}`));
  };

  // -- kinds -----------------------------------------------------------------------------

  // What of an attribute differs from one element of a kind to the next.
  const OWN = new Set(["class", "id", "href", "value", "for", "title", "name", "lang"]);

  const kindOf = (it) => {
    const attributes = it.getAttributeNames().filter((one) => !OWN.has(one)).sort();
    const isNamed = it.labels?.length || it.innerText?.trim() || it.alt;
    return [it.localName, ...[...it.classList].sort(), ...attributes, it.type, it.lang,
      isNamed ? "named" : "", getComputedStyle(it).color].join(" ");
  };

  // All elements of the page by their kinds, each kind with the kind of the one around it.
  const byKind = () => {
    const found = new Map();
    const walk = (it, around) => {
      const chain = [...around, kindOf(it)];
      const kind = chain.join(" > ");
      if (!found.has(kind)) found.set(kind, []);
      found.get(kind).push(it);
      for (const child of it.children) walk(child, chain.slice(-1));
    };
    walk(document.documentElement, []);
    return found;
  };
  let sorted = new Map();

  const kinds = () => {
    sorted = byKind();
    return [...sorted.keys()];
  };

  // What is of these kinds, each within no other of them.
  const of = (wanted) => {
    const all = new Set(wanted.flatMap((kind) => sorted.get(kind)));
    const isWithin = (it) => {
      for (let up = it.parentElement; up; up = up.parentElement) if (all.has(up)) return true;
      return false;
    };
    return [...all].filter((it) => !isWithin(it));
  };

  return { cut, edges, kinds, of, overlapping, sideways, small };
})();
