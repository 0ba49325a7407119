"""A column type for lists and mappings that older rows do not have: NULL reads as empty."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class JSONOrEmpty(sa.types.TypeDecorator[Any]):
    """JSON, with NULL for an empty value; `empty` is `list` or `dict`."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, empty: type) -> None:
        super().__init__(none_as_null=True)
        self.empty = empty

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return what is stored."""
        return value or None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return what is read."""
        return self.empty() if value is None else value
