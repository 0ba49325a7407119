"""From times to what is drawn: axes, bars, cells and their words."""
