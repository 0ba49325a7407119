"""Names of cities as maps and lists have them."""


def town(city: str) -> str:
    """Return the city without a part in brackets."""
    return city.partition("(")[0].strip()
