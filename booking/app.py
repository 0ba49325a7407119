"""Creates the application: configuration, extensions, blueprints, error pages, headers."""

import os
from typing import Any

from flask import Flask, Response, has_app_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

from booking import cli
from booking.absences.views import blueprint as absences
from booking.accounts import session as sign_in_session
from booking.accounts.routes import blueprint as accounts
from booking.accounts.second_factor_duty import ADMINS_NEED_ONE
from booking.accounts.throttle import set_limits
from booking.admin import sections
from booking.admin.routes import blueprint as admin
from booking.alerts.routes import blueprint as alerts
from booking.break_glass.views import blueprint as break_glass
from booking.browse.routes import blueprint as browse
from booking.calendars.overview.views import blueprint as calendars
from booking.catalogue.routes import blueprint as catalogue
from booking.concepts.vocabulary import SHIPPED, provide
from booking.config import Settings
from booking.corrections.routes import blueprint as corrections
from booking.data_check import service as data_check_service
from booking.db.readiness import MIGRATIONS
from booking.db.transactions import ONE_SNAPSHOT, end_reading, prepare_engine
from booking.decisions.routes import blueprint as decisions
from booking.enquiries.routes import blueprint as enquiries
from booking.errors import Busy
from booking.expertise.routes import blueprint as expertise
from booking.extensions import babel, csrf, db, login_manager, migrate
from booking.facilities import calendar_cache
from booking.facilities.accepted_concepts import vocabulary_now
from booking.favourites import buttons
from booking.favourites.routes import blueprint as favourites
from booking.feeds import service as feeds_service
from booking.feeds.routes import blueprint as feeds
from booking.files import drawing, storage
from booking.files.routes import blueprint as files
from booking.history.views import blueprint as history
from booking.manage.routes import blueprint as manage
from booking.notices import service as notices_service
from booking.notices.views import blueprint as notices
from booking.notices.views import counts_of
from booking.organisation.routes import blueprint as organisation
from booking.plans.routes import blueprint as plans
from booking.privacy.routes import blueprint as privacy
from booking.requests import handing_over
from booking.requests.routes import blueprint as requests
from booking.saved.routes import blueprint as saved
from booking.second_factors import notice
from booking.second_factors.routes import blueprint as second_factors
from booking.single_sign_on.routes import blueprint as single_sign_on
from booking.synergies.routes import blueprint as synergies
from booking.web import (
    access,
    bootstrap,
    compression,
    error_pages,
    health,
    links,
    logs,
    navigation,
    rates,
    request_guards,
    static_files,
    uploads,
)
from booking.wording import filters, languages, translator

BLUEPRINTS = (
    absences,
    accounts,
    admin,
    break_glass,
    browse,
    calendars,
    catalogue,
    corrections,
    decisions,
    alerts,
    enquiries,
    favourites,
    expertise,
    feeds,
    files,
    history,
    manage,
    notices,
    organisation,
    plans,
    privacy,
    requests,
    saved,
    second_factors,
    single_sign_on,
    synergies,
)
# Where a page with its form says by itself that it is too much.
LONGEST_WAIT = str(round(Busy.wait.total_seconds()))
MAXIMUM_BODY_BYTES = 256 * 1024
MAXIMUM_FORM_PARTS = 2000
# To PostgreSQL, of one process: as many as it has threads stay open (docs/operations.md).
KEPT_CONNECTIONS = 8
MOST_CONNECTIONS = 15

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types booking",
    )
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, ready to serve.

    Raises:
        SettingsError: `settings` is None and the environment has no usable settings.
    """
    settings = settings or Settings.from_environment(os.environ)
    app = Flask(__name__)
    app.config.update(flask_configuration(settings))
    app.extensions["settings"] = settings
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]

    db.init_app(app)
    migrate.init_app(app, db, directory=os.fspath(MIGRATIONS), render_as_batch=True)
    uploads.init_app(app)
    logs.init_app(app)  # first, so that each answer has its number
    request_guards.note_origin(app)
    request_guards.refuse_long_addresses(app)  # before anything is read
    request_guards.refuse_foreign_posts(app)  # a foreign post gets no form back
    request_guards.read_long_texts(app)  # before the form is read for its token
    csrf.init_app(app)
    babel.init_app(app, locale_selector=languages.choose_locale)
    languages.init_app(app)
    translator.init_app(app)
    rates.init_app(app)  # before anybody is looked up
    set_limits(settings.limits)
    sign_in_session.init_app(app, login_manager)
    app.teardown_request(_end_reading)
    with app.app_context():
        prepare_engine(db.engine)
        calendar_cache.prepare(db.engine, settings.calendar_cache_mb)
        storage.prepare(db.engine, settings.files)

    request_guards.refuse_large_numbers(app)  # before addresses are made
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    filters.init_app(app)
    drawing.init_app(app)
    request_guards.refuse_null_bytes(app)
    access.init_app(app)
    navigation.init_app(app, counts_of)
    sections.init_app(app)
    notice.init_app(app)
    buttons.init_app(app)
    provide(lambda: vocabulary_now() if has_app_context() else SHIPPED)
    notices_service.init_app()
    data_check_service.init_app()
    feeds_service.init_app()
    handing_over.init_app()
    cli.init_app(app)
    compression.init_app(app)
    bootstrap.init_app(app)
    static_files.init_app(app)
    links.init_app(app)
    app.after_request(set_headers)
    error_pages.init_app(app)
    return app


def _end_reading(error: BaseException | None) -> None:
    """End what a request has read by a commit, unless it failed (`end_reading` says why)."""
    if error is None:
        end_reading()


def flask_configuration(settings: Settings) -> dict[str, Any]:
    """Return the configuration of Flask and its extensions."""
    # Database errors are logged, but what people typed must not be.
    engine: dict[str, Any] = {
        "pool_pre_ping": True,
        "hide_parameters": True,
        "execution_options": {ADMINS_NEED_ONE: settings.require_second_factor_for_admins},
    }
    if settings.database_url.startswith("postgresql"):
        engine["isolation_level"] = ONE_SNAPSHOT
        # The connection that was used last has most of its statements planned (decision 60).
        engine["pool_use_lifo"] = True
        engine["pool_size"] = KEPT_CONNECTIONS
        engine["max_overflow"] = MOST_CONNECTIONS - KEPT_CONNECTIONS
        engine["connect_args"] = {
            "connect_timeout": 3,
            "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=10000",
        }
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        # The oldest first: the last one signs. So forms that are open stay valid, too.
        "WTF_CSRF_SECRET_KEY": [*reversed(settings.secret_key_fallbacks), settings.secret_key],
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "DEMO": settings.demo,
        "MAX_CONTENT_LENGTH": MAXIMUM_BODY_BYTES,
        "MAX_FORM_MEMORY_SIZE": MAXIMUM_BODY_BYTES,
        "MAX_FORM_PARTS": MAXIMUM_FORM_PARTS,
        "SESSION_COOKIE_NAME": "__Host-booking" if settings.production else "booking",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        # Forms stay valid as long as the session, as people leave pages open for days.
        "WTF_CSRF_TIME_LIMIT": None,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
    }


def set_headers(response: Response) -> Response:
    """Add security and caching headers to a response."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if response.status_code == 429:
        headers.setdefault("Retry-After", LONGEST_WAIT)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    # An error page under the address of a static file has the navigation of a signed-in person.
    if request.endpoint not in access.STATIC_ENDPOINTS or response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-store")
        headers.add("Vary", "Cookie")
        if len(languages.shipped_languages()) > 1:
            headers.add("Vary", "Accept-Language")
    return response
