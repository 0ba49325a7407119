"""Two lanes of tests: `make test` does the same each time, `make test-long` goes farther.

The long lane walks more and longer, tries new examples each time, and races more rounds.
"""

import os

import hypothesis

IS_LONG = os.environ.get("TESTS") == "long"
#: Pages read and write through services, which are tested on both engines. So `make test` opens
#: them on SQLite only; the long lane opens them on PostgreSQL as well.
PAGES_ON_BOTH_ENGINES = IS_LONG or os.environ.get("PAGES_ON_BOTH_ENGINES") == "1"
#: How many times as many examples a property gets in the long lane.
LONG_FACTOR = 20


def load_profile() -> None:
    """Set what Hypothesis does in this lane; in the long one a failure prints how to repeat it."""
    profile = hypothesis.settings.register_profile
    profile("test", deadline=None, derandomize=True, max_examples=100)
    profile("long", deadline=None, derandomize=False, max_examples=more(100), print_blob=True)
    hypothesis.settings.load_profile("long" if IS_LONG else "test")


def more(number: int) -> int:
    """Return `number` of examples, or many times as many in the long lane."""
    return number * LONG_FACTOR if IS_LONG else number
