"""A page with nothing of the product in it, to compare pages with on the same server."""

from flask import Flask, render_template_string

from booking.web.access import public

PAGE = """<!doctype html><title>Bare</title>
{% for n in range(count) %}<article><h2>Facility {{ n }}</h2><p>Somewhere, {{ n }} free</p>
<a href="/facilities/{{ n }}">Calendar</a></article>{% endfor %}"""
CARD_BYTES = 110


def add_bare_page(app: Flask) -> None:
    """Add `/bare/<count>`, a page with so many cards, and `/bare/bytes/<size>`, about so large."""

    @app.get("/bare/<int:count>", endpoint="bare")
    @public
    def bare(count: int) -> str:
        return render_template_string(PAGE, count=count)

    @app.get("/bare/bytes/<int:size>", endpoint="bare_bytes")
    @public
    def bare_bytes(size: int) -> str:
        return render_template_string(PAGE, count=size // CARD_BYTES)
