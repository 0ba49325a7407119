"""Notices: what people are told of changes, on their page and by mail."""
