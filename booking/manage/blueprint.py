"""The blueprint of the pages of owners; `routes` puts all pages on it.

Some pages are those of a facility and, under an address of their own, those of a draft of one.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, request

blueprint = Blueprint("manage", __name__)

View = TypeVar("View", bound=Callable[..., Any])


def of_facility_or_draft(rest: str = "", *, method: str = "GET") -> Callable[[View], View]:
    """Decorate a view to serve a page of a facility and of a draft; `rest` follows the slug."""

    def register(view: View) -> View:
        for above, is_draft in (("facilities", False), ("new-facilities", True)):
            blueprint.add_url_rule(
                f"/manage/{above}/<string:slug>{rest}",
                view_func=view,
                methods=[method],
                defaults={"is_draft": is_draft},
            )
        return view

    return register


def is_draft_page() -> bool:
    """Return whether the page that is asked for is that of a draft of a facility."""
    rule = request.url_rule
    return rule is not None and bool((rule.defaults or {}).get("is_draft"))


@blueprint.url_value_preprocessor
def _leave_to_the_address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Do not hand it to views: `is_draft_page` says it."""
    if values:
        values.pop("is_draft", None)


@blueprint.url_defaults
def _stay_with_the_draft(endpoint: str, values: dict[str, Any]) -> None:
    """Let the pages of a draft link to each other."""
    if (
        is_draft_page()
        and values.get("slug") == (request.view_args or {}).get("slug")
        and current_app.url_map.is_endpoint_expecting(endpoint, "is_draft")
    ):
        values.setdefault("is_draft", True)


@blueprint.context_processor
def _for_templates() -> dict[str, bool]:
    return {"is_draft": is_draft_page()}
