"""Tests in a real browser. A package, so that its browser and its site end with it."""
