"""The application that a WSGI server loads: `wsgi:app`."""

import gc

from booking.app import create_app
from booking.web.logs import set_up

app = create_app()
set_up(app)

# What is loaded now stays until the process ends. Each full garbage collection would look at all
# of it again, which takes longer than most pages.
gc.collect()
gc.freeze()
# A page makes some ten thousand objects, and most go as soon as it is sent: to look through the
# young ones with each 700 of them takes a twentieth of its time.
gc.set_threshold(10_000)
