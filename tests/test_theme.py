"""Colours keep their contrast, light and dark: text 4.5:1, edges 3:1 (WCAG 1.4.3, 1.4.11).

Tools that read pages see the text but not the edges, so the theme's own variables are measured.
"""

import re
from pathlib import Path

import pytest

from tools.grid_css import TARGET, grid_css

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "booking" / "static"
THEME = (STATIC / "theme.css").read_text()
DARK_AT = THEME.index("@media (prefers-color-scheme: dark)")
VARIABLE = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,6});")

TEXTS = [
    *[("ink", ground) for ground in ("paper", "surface", "stripe", "busy", "partly", "ground")],
    *[("muted", ground) for ground in ("paper", "surface", "stripe", "ground", "partly")],
    *[("accent", ground) for ground in ("paper", "surface", "stripe", "accent-soft", "partly")],
    *[(ink, "surface") for ink in ("accent-strong", "yes", "asked", "no", "proposed", "closed")],
    *[(ink, f"{ink}-soft") for ink in ("yes", "asked", "no", "proposed", "over")],
    *[("ink", f"{ground}-soft") for ground in ("accent", "yes", "asked", "no", "proposed")],
    *[("muted", f"{ground}-soft") for ground in ("accent", "proposed")],
    ("asked", "stripe"),
    *[(ink, "band") for ink in ("ink", "muted", "accent")],
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("yes", "yes-paper"),
    ("no", "paper"),
    ("paper", "ink"),
]
EDGES = [
    *[("edge", ground) for ground in ("paper", "surface", "stripe", "band")],
    *[("accent", ground) for ground in ("paper", "surface")],
    *[("busy-edge", ground) for ground in ("surface", "busy", "ground")],
    *[("partly-edge", ground) for ground in ("surface", "partly")],
    *[("asked", ground) for ground in ("surface", "asked-soft")],
    *[("ground-edge", ground) for ground in ("surface", "ground")],
    ("yes-edge", "surface"),
    ("yes-edge", "yes-paper"),
    ("no", "surface"),
    ("focus", "focus-edge"),
]


def colours(scheme: str) -> dict[str, str]:
    """The variables that hold a colour, as they are in this scheme."""
    light = dict(VARIABLE.findall(THEME[:DARK_AT]))
    return light if scheme == "light" else light | dict(VARIABLE.findall(THEME[DARK_AT:]))


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def too_weak(scheme: str, pairs: list[tuple[str, str]], least: float) -> list[str]:
    """The pairs of variables whose contrast is under `least`."""
    values = colours(scheme)
    ratios = [(a, b, contrast(values[a], values[b])) for a, b in pairs]
    return [f"{a} on {b}: {ratio:.2f}" for a, b, ratio in ratios if ratio < least]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme):
    assert too_weak(scheme, TEXTS, 4.5) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_fields_buttons_and_bars_have_enough_contrast(scheme):
    assert too_weak(scheme, EDGES, 3.0) == []


def test_black_on_white_has_the_known_contrast():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


def test_a_variable_of_the_theme_is_set_nowhere_else():
    """Another value below it would be read by whoever takes a fallback (`var(--lines, 1)`)."""
    declared = re.compile(r"(?<![\w(-])(--[\w-]+):")
    root = re.compile(r":root \{[^}]*\}")
    sheets = [root.sub("", sheet.read_text()) for sheet in STATIC.glob("*.css")]
    elsewhere = {name for sheet in sheets for name in declared.findall(sheet)}
    theme = {name for name in declared.findall(THEME) if not name.startswith("--bs-")}
    assert theme & elsewhere == set()


def test_the_timeline_style_sheet_is_what_its_tool_generates():
    assert TARGET.read_text() == grid_css()
