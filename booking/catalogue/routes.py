"""All addresses of the catalogue, on their blueprint."""

from booking.catalogue import file_views, import_views, vocabulary_views
from booking.catalogue.views import blueprint

__all__ = ["blueprint", "file_views", "import_views", "vocabulary_views"]
