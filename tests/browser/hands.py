"""Two ways to use a page: with a pointer, and with the keys alone."""

from playwright.sync_api import Locator, Page

FAR = 400

# What somebody who cannot point at it must know of the focused element: that it can be seen,
# that nothing covers it, and that it shows its focus.
FAULT_OF_FOCUS = """() => {
  const it = document.activeElement;
  const name = `<${it.localName}> ${(it.innerText || it.id).trim().slice(0, 40)}`;
  if (it === document.body) return "";
  const box = it.getBoundingClientRect();
  if (box.width < 2 || box.height < 2) return `${name} has the focus and no size`;
  const x = Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 1);
  const y = Math.min(Math.max((box.top + box.bottom) / 2, 1), innerHeight - 1);
  if (x < box.left || x > box.right || y < box.top || y > box.bottom) {
    return `${name} has the focus outside of the window`;
  }
  const atop = document.elementFromPoint(x, y);
  if (!atop || !(it.contains(atop) || atop.contains(it))) {
    return `${name} has the focus under <${atop?.localName} class="${atop?.className}">`;
  }
  // In a field of a date, the button inside that opens the calendar draws its own ring.
  if (/date|time/.test(it.type) && !it.matches(":focus-visible")) return "";
  const shows = (element) => {
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow !== "none";
  };
  const label = it.labels?.[0];
  // A link in a drawing has no box: the edge of its own mark grows.
  const marked = (part) => parseFloat(getComputedStyle(part).strokeWidth) >= 10;
  const drawn = it instanceof SVGElement && [...it.children].some(marked);
  return shows(it) || (label && shows(label)) || drawn ? "" : `${name} does not show its focus`;
}"""


class Pointer:
    """Somebody with a mouse or a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        """Follow a link, press a button, tick a box."""
        target.click()

    def write(self, field: Locator, text: str) -> None:
        """Write into a field, replacing its content."""
        field.fill(text)

    def choose(self, field: Locator, option: str) -> None:
        """Choose an option by its text."""
        field.select_option(label=option)


class Keys:
    """Somebody who only has Tab, Enter, the space bar and letters."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, target: Locator) -> None:
        """Follow a link, press a button (Enter), tick a box (the space bar and arrows)."""
        kind = target.evaluate("it => it.type")
        if kind != "radio":
            self._reach(target)
            self.page.keyboard.press("Space" if kind == "checkbox" else "Enter")
            return
        # Tab leads to a group of round choices once; arrows lead on from there.
        self._reach(target, "(it, other) => it.name === other.name")
        for _ in range(FAR):
            if target.evaluate("it => it === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        assert target.is_checked()

    def write(self, field: Locator, text: str) -> None:
        """Write into a field, replacing its content."""
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, field: Locator, option: str) -> None:
        """Choose an option by its first letters."""
        self._reach(field)
        self.page.keyboard.type(option)

    def skip_to_content(self) -> None:
        """Use the first link of the page, which leads past the header."""
        self.page.keyboard.press("Tab")
        assert self.page.locator(":focus").inner_text() == "Skip to main content"
        assert self.page.evaluate(FAULT_OF_FOCUS) == ""
        self.page.keyboard.press("Enter")
        assert self.page.evaluate("document.activeElement.id") == "main"

    def _reach(self, target: Locator, enough: str = "(it, other) => it === other") -> None:
        target.wait_for(state="attached")
        for _ in range(FAR):
            if target.evaluate(f"it => ({enough})(it, document.activeElement)"):
                return
            self.page.keyboard.press("Tab")
            fault = self.page.evaluate(FAULT_OF_FOCUS)
            assert not fault, f"{self.page.url}: {fault}"
        raise AssertionError(f"{self.page.url}: Tab never reaches {target}")
