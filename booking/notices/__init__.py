"""Updates that people get, on their page and by mail, and the worker that sends them."""
