"""The application that a WSGI server loads: `wsgi:app`."""

import gc

from booking.app import create_app

app = create_app()

# What is loaded now stays until the process ends. Each full garbage collection would look at all
# of it again, which takes longer than most pages.
gc.collect()
gc.freeze()
