"""Measuring: a large invented federation, and how long its pages take."""
