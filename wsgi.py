"""The application that a WSGI server loads: `wsgi:app`."""

from booking.app import create_app

app = create_app()
