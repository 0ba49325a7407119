"""From times to what is drawn: axes, bars, month cells and sentences."""
