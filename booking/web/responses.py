"""The return type of views."""

from werkzeug.wrappers import Response

#: A page, a response such as a redirect, or a page with its status code.
ViewResponse = str | Response | tuple[str, int]
