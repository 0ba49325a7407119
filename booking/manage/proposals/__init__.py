"""Concepts that owners propose for the vocabulary, and what becomes of them."""
