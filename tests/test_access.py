"""Who may open what: every view has a mark, and one table says what each person gets.

`ok` is the page, `in` means let in (whatever the form then says), `sign` the way to the sign-in
page, a number is that status. What a person may not know is 404; nothing here may answer 500.
"""

import secrets
from dataclasses import dataclass, field
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.account_request_service import NewOrganisation
from booking.accounts.models import Membership, Organisation, Person, Role
from booking.accounts.name_check_service import ask_for_name, waiting_name_checks
from booking.accounts.queries import account_of
from booking.alerts.models import FreeTimeAlert
from booking.clusters.models import Cluster
from booking.enquiries.service import ask
from booking.expertise.models import ExpertisePerson
from booking.expertise.question_service import ask as ask_about
from booking.extensions import db
from booking.facilities.models import Facility
from booking.feeds.kinds import FeedKind
from booking.feeds.service import make_feed
from booking.plans.service import PlanFacts, propose
from booking.rules.lifecycle import State
from booking.rules.roles import RoleKind
from booking.rules.slots import Slot
from booking.web.access import access_mark
from tests.conftest import NOW
from tests.factories import (
    make_account_request,
    make_approver,
    make_closure,
    make_cluster,
    make_coordinator,
    make_expertise,
    make_facility,
    make_invitation,
    make_keeper,
    make_membership,
    make_organisation,
    make_person,
    make_request,
    make_role,
    sign_in,
    slot_on,
)
from tests.lanes import IS_LONG
from tests.pages import post, text_of

# As on a server, and faster.
pytestmark = pytest.mark.usefixtures("warm")

PEOPLE = (
    "anonymous",
    "partner",
    "colleague",
    "rival",
    "approver",
    "approver elsewhere",
    "approver of another cluster",
    "coordinator",
    "coordinator of another cluster",
    "admin",
    "manager",
    "keeper",
    "auditor",
)


def row(text: str) -> tuple[str, ...]:
    """One expectation a person, in the order of PEOPLE; one word alone is for all.

    Those of the last three may be left out, and those of the last two.
    """
    words = tuple(text.split())
    if len(words) == PEOPLE.index("manager"):  # a manager may do all that a colleague may
        words = (*words, words[PEOPLE.index("colleague")])
    if len(words) == PEOPLE.index("keeper"):  # both are people without an organisation
        words = (*words, *[words[PEOPLE.index("admin")]] * 2)
    return words * len(PEOPLE) if len(words) == 1 else words


EVERYBODY = row("ok")
SIGNED_IN = row("sign ok ok ok ok ok ok ok ok ok")
POSTED = row("sign in in in in in in in in in")
OWN_REQUEST = row("sign ok ok 404 404 404 404 404 404 404")
OWN_ACTION = row("sign in in 404 404 404 404 404 404 404")
DECIDERS = row("sign 404 404 404 ok ok ok ok ok 404")
DECISION = row("sign 404 404 404 ok 404 404 ok 404 404")
DECIDED = row("sign 404 404 404 in 404 404 in 404 404")
KEPT = row("sign 404 404 404 ok 404 404 ok 404 404 404 ok 404")
KEPT_UP = row("sign 404 404 404 in 404 404 in 404 404 404 in 404")
AUDITED = row("sign 404 404 404 404 404 404 ok 404 404 404 404 ok")
ADMINISTRATED = row("sign 404 404 404 404 404 404 404 404 in 404 404 404")
ADMINS = row("sign 404 404 404 404 404 404 404 404 ok 404 404 404")
COORDINATORS = row("sign 404 404 404 404 404 404 ok ok 404")
ONE_ASKING = row("sign 404 404 404 404 404 404 ok 404 404")
ONE_ANSWERED = row("sign 404 404 404 404 404 404 in 404 404")
FOREIGN = row("sign 404 404 404 404 404 404 404 404 404")

# (method, address, what each gets). `{...}` is filled in from the scene.
TABLE = {
    ("GET", "/"): EVERYBODY,
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/bootstrap.css"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/sources"): EVERYBODY,
    ("GET", "/vocabulary"): EVERYBODY,
    ("GET", "/vocabulary.json"): EVERYBODY,
    ("GET", "/vocabulary/radar"): EVERYBODY,
    ("GET", "/vocabulary/none"): row("404"),
    ("GET", "/catalogue.json"): EVERYBODY,
    ("GET", "/catalogue.csv"): EVERYBODY,
    ("GET", "/sitemap.xml"): EVERYBODY,
    ("GET", "/robots.txt"): EVERYBODY,
    ("GET", "/help"): EVERYBODY,
    ("GET", "/help/partner"): EVERYBODY,
    ("GET", "/help/images/inbox.png"): EVERYBODY,
    ("GET", "/about"): EVERYBODY,
    ("GET", "/accessibility"): EVERYBODY,
    ("GET", "/privacy"): EVERYBODY,
    ("GET", "/privacy/here"): EVERYBODY,
    ("GET", "/privacy/none"): row("404"),
    ("GET", "/account/name"): SIGNED_IN,
    ("POST", "/account/name"): POSTED,
    ("GET", "/account/data"): SIGNED_IN,
    ("POST", "/account/data"): POSTED,
    ("GET", "/account/erase"): SIGNED_IN,
    ("POST", "/account/erase"): POSTED,
    ("GET", "/erase-account"): ADMINS,
    ("POST", "/erase-account"): ADMINISTRATED,
    ("GET", "/records-of-processing"): row("sign 404 404 404 404 404 404 ok ok ok 404 404 404"),
    ("GET", "/.well-known/security.txt"): row("404"),
    ("GET", "/clusters"): EVERYBODY,
    ("GET", "/clusters/here"): EVERYBODY,
    ("GET", "/clusters/here.ics"): EVERYBODY,
    ("GET", "/expertise"): EVERYBODY,
    ("GET", "/expertise/here/ask?area={area}"): SIGNED_IN,
    ("POST", "/expertise/here/ask"): POSTED,
    ("GET", "/expertise/here/ask?area=none"): FOREIGN,
    ("GET", "/expertise/none/ask?area={area}"): FOREIGN,
    ("GET", "/expertise/questions"): SIGNED_IN,
    ("GET", "/expertise/questions/{expertise}"): row("sign ok 404 404 404 404 404 ok 404 404"),
    ("POST", "/expertise/questions/{expertise}"): row("sign in 404 404 404 404 404 in 404 404"),
    ("GET", "/expertise/questions/none"): FOREIGN,
    ("GET", "/account/expertise"): SIGNED_IN,
    ("POST", "/account/expertise/{naming}"): row("sign in 404 404 404 404 404 404 404 404 404"),
    ("GET", "/manage/clusters/here/expertise"): ONE_ASKING,
    ("POST", "/manage/clusters/here/expertise"): ONE_ANSWERED,
    ("GET", "/manage/clusters/here/expertise/{area}"): ONE_ASKING,
    ("GET", "/manage/clusters/there/expertise/{area}"): FOREIGN,
    ("POST", "/manage/clusters/here/expertise/{area}"): ONE_ANSWERED,
    ("POST", "/manage/clusters/here/expertise/{area}/people"): ONE_ANSWERED,
    ("POST", "/manage/clusters/here/expertise/{area}/people/none/remove"): FOREIGN,
    ("POST", "/manage/clusters/here/expertise/none/remove"): FOREIGN,
    ("GET", "/plans"): SIGNED_IN,
    ("GET", "/plans/new"): row("sign ok ok ok 403 403 403 ok ok 403"),
    ("POST", "/plans/new"): row("sign in in in 403 403 403 in in 403"),
    ("GET", "/plans/{plan}"): SIGNED_IN,
    ("GET", "/plans/{suggested}"): row("sign ok ok 404 404 404 404 ok 404 404"),
    ("GET", "/plans/none"): FOREIGN,
    ("GET", "/plans/{plan}/change"): row("sign 403 403 403 403 403 403 ok 403 403"),
    ("POST", "/plans/{plan}/change"): row("sign 403 403 403 403 403 403 in 403 403"),
    ("POST", "/plans/{plan}/status"): row("sign 403 403 403 403 403 403 in 403 403"),
    ("POST", "/plans/{plan}/facility"): row("sign 403 403 403 403 403 403 in 403 403"),
    ("POST", "/plans/{plan}/clusters"): row("sign 404 404 404 404 404 404 404 in 404"),
    ("POST", "/plans/{plan}/organisation"): row("sign in in in 403 403 403 403 403 403"),
    ("POST", "/plans/{plan}/comments"): row("sign in in in in in in in in in"),
    ("GET", "/facilities/hall/follow"): SIGNED_IN,
    ("POST", "/facilities/hall/follow"): POSTED,
    ("GET", "/facilities/none/follow"): FOREIGN,
    ("GET", "/synergies"): EVERYBODY,
    ("GET", "/synergies/two-clusters"): EVERYBODY,
    ("GET", "/synergies/capabilities"): EVERYBODY,
    ("GET", "/synergies/capabilities/emc-testing"): EVERYBODY,
    ("GET", "/synergies/capabilities/none"): row("404"),
    ("GET", "/synergies/unmet"): COORDINATORS,
    ("GET", "/clusters/here/subscribe"): EVERYBODY,
    ("GET", "/facilities"): EVERYBODY,
    ("GET", "/facilities/hall"): EVERYBODY,
    ("GET", "/suggestions.json?what=hall"): EVERYBODY,
    ("GET", "/map?what=hall"): EVERYBODY,
    ("GET", "/compare?facility=hall"): EVERYBODY,
    ("POST", "/facilities/hall/favourite"): POSTED,
    ("POST", "/facilities/hall/favourite/remove"): POSTED,
    ("POST", "/facilities/none/favourite"): FOREIGN,
    ("POST", "/facilities/none/favourite/remove"): FOREIGN,
    ("GET", "/account/saved"): SIGNED_IN,
    ("GET", "/manage/completeness/here"): row("sign 404 404 404 ok ok 404 ok 404 404 404 ok 404"),
    ("GET", "/manage/concepts"): row("sign 404 404 404 ok ok ok ok ok 404 404 ok 404"),
    ("GET", "/manage/concepts/new"): row("sign 404 404 404 ok ok ok ok ok 404 404 ok 404"),
    ("POST", "/manage/concepts/new"): row("sign 404 404 404 in in in in in 404 404 in 404"),
    ("GET", "/manage/concepts/none"): FOREIGN,
    ("GET", "/admin/concepts"): ADMINS,
    ("GET", "/admin/vocabulary/radar"): ADMINS,
    ("GET", "/admin/vocabulary/none"): FOREIGN,
    ("POST", "/admin/vocabulary/none/merge"): FOREIGN,
    ("POST", "/admin/vocabulary/none/undo-merge"): FOREIGN,
    ("GET", "/admin/concepts/none"): FOREIGN,
    ("POST", "/admin/concepts/none/accept"): FOREIGN,
    ("POST", "/admin/concepts/none/merge"): FOREIGN,
    ("POST", "/admin/concepts/none/decline"): FOREIGN,
    ("GET", "/manage/completeness/none"): FOREIGN,
    ("POST", "/manage/completeness/hall/confirm"): KEPT_UP,
    ("POST", "/manage/completeness/none/confirm"): FOREIGN,
    ("GET", "/account/saved/searches/new?what=drone"): SIGNED_IN,
    ("POST", "/account/saved/searches/new?what=drone"): POSTED,
    ("GET", "/account/saved/searches/none"): FOREIGN,
    ("POST", "/account/saved/searches/none/tell"): FOREIGN,
    ("POST", "/account/saved/searches/none/delete"): FOREIGN,
    ("POST", "/account/saved/viewed/forget"): POSTED,
    ("POST", "/account/saved/viewed/off"): POSTED,
    ("GET", "/compare?facility=none"): row("404"),
    ("GET", "/facilities/hall.ics"): EVERYBODY,
    ("GET", "/facilities/hall/report-a-mistake"): SIGNED_IN,
    ("POST", "/facilities/hall/report-a-mistake"): POSTED,
    ("GET", "/files/pictures/none.webp"): row("404"),
    ("GET", "/files/documents/9/none.pdf"): FOREIGN,
    ("GET", "/files/drafts/9/none.pdf"): FOREIGN,
    ("GET", "/facilities/hall/subscribe"): EVERYBODY,
    ("GET", "/facilities/hall/times.json"): EVERYBODY,
    ("GET", "/facilities/none"): row("404"),
    ("GET", "/facilities/hall/ask"): row("sign ok ok ok 403 403 403 403 403 403"),
    ("POST", "/facilities/hall/ask"): row("sign in in in 403 403 403 403 403 403"),
    ("GET", "/facilities/none/ask"): FOREIGN,
    ("GET", "/facilities/hall/tell-me"): row("ok ok ok ok 403 403 403 403 403 403"),
    ("POST", "/facilities/hall/tell-me"): row("in in in in 403 403 403 403 403 403"),
    ("GET", "/requests/questions"): SIGNED_IN,
    ("GET", "/requests/questions/{enquiry}"): OWN_REQUEST,
    ("POST", "/requests/questions/{enquiry}"): OWN_ACTION,
    ("GET", "/inbox/questions"): DECIDERS,
    ("GET", "/inbox/questions/{enquiry}"): DECISION,
    ("POST", "/inbox/questions/{enquiry}"): DECIDED,
    ("GET", "/calendar"): EVERYBODY,
    ("GET", "/ask-for-account"): EVERYBODY,
    ("POST", "/ask-for-account"): row("in"),
    ("GET", "/ask-for-account/sent"): EVERYBODY,
    ("GET", "/sign-in"): row("ok in in in in in in in in in"),
    ("POST", "/sign-in"): row("in"),
    ("GET", "/sign-in/with/none"): row("404"),
    ("GET", "/sign-in/with/none/answer"): row("404"),
    ("GET", "/sign-in/not-linked"): row("sign"),
    ("POST", "/sign-out"): row("in"),
    ("GET", "/welcome/never-made"): row("404"),
    ("POST", "/welcome/never-made"): row("404"),
    ("GET", "/forgotten-password"): EVERYBODY,
    ("POST", "/forgotten-password"): row("in"),
    ("GET", "/forgotten-password/sent"): EVERYBODY,
    ("GET", "/reset-password/never-made"): row("404"),
    ("POST", "/reset-password/never-made"): row("404"),
    ("GET", "/confirm-email/never-made"): row("404"),
    ("POST", "/confirm-email/never-made"): row("404"),
    ("GET", "/feeds/{feed}.ics"): EVERYBODY,
    ("GET", "/feeds/never-made.ics"): row("404"),
    ("GET", "/requests"): SIGNED_IN,
    ("GET", "/requests/new?facility=hall"): row("ok ok ok ok 403 403 403 403 403 403"),
    ("POST", "/requests/new?facility=hall"): row("in in in in 403 403 403 403 403 403"),
    ("GET", "/requests/{reference}"): OWN_REQUEST,
    ("GET", "/requests/{reference}.ics"): OWN_REQUEST,
    ("GET", "/requests/{reference}/withdraw"): OWN_REQUEST,
    ("POST", "/requests/{reference}/withdraw"): OWN_ACTION,
    ("POST", "/requests/{reference}/messages"): OWN_ACTION,
    ("POST", "/requests/{reference}/remind"): OWN_ACTION,
    ("POST", "/requests/{reference}/conditions"): FOREIGN,
    ("GET", "/requests/{confirmed}/cancel"): OWN_REQUEST,
    ("POST", "/requests/{confirmed}/cancel"): OWN_ACTION,
    ("POST", "/requests/{proposed}/accept"): OWN_ACTION,
    ("POST", "/requests/{proposed}/decline"): OWN_ACTION,
    ("GET", "/requests/{confirmed}/suggest"): OWN_REQUEST,
    ("POST", "/requests/{confirmed}/suggest"): OWN_ACTION,
    ("GET", "/requests/{confirmed}/change"): OWN_REQUEST,
    ("POST", "/requests/{confirmed}/change"): OWN_ACTION,
    ("GET", "/requests/{confirmed}/readers"): OWN_REQUEST,
    ("POST", "/requests/{confirmed}/readers"): OWN_ACTION,
    ("GET", "/requests/{confirmed}/other-times"): row("sign in in 404 404 404 404 404 404 404"),
    ("GET", "/requests/222-222"): FOREIGN,
    ("GET", "/inbox"): DECIDERS,
    ("GET", "/inbox/several?pick={reference}"): DECISION,
    ("POST", "/inbox/several"): row("sign 404 404 404 in in in in in 404"),
    ("GET", "/inbox/{reference}"): DECISION,
    ("GET", "/inbox/{reference}/competing"): DECISION,
    ("POST", "/inbox/{reference}/competing"): DECIDED,
    ("POST", "/inbox/{reference}/undo"): FOREIGN,
    ("POST", "/inbox/{reference}/confirm"): DECIDED,
    ("POST", "/inbox/{reference}/decline"): DECIDED,
    ("POST", "/inbox/{reference}/wait"): DECIDED,
    ("POST", "/inbox/{reference}/take-off"): DECIDED,
    ("POST", "/inbox/{reference}/messages"): DECIDED,
    ("POST", "/inbox/{reference}/conditions"): FOREIGN,
    ("POST", "/inbox/{confirmed}/cancel"): DECIDED,
    ("POST", "/inbox/{confirmed}/keep"): DECIDED,
    ("GET", "/inbox/{confirmed}/propose"): DECISION,
    ("POST", "/inbox/{confirmed}/propose"): DECIDED,
    ("POST", "/inbox/{confirmed}/withdraw-proposal"): DECIDED,
    ("GET", "/inbox/222-222"): FOREIGN,
    ("GET", "/inbox/today"): DECIDERS,
    ("GET", "/inbox/{confirmed}/attendance?date={date}"): DECISION,
    ("POST", "/inbox/{confirmed}/attendance"): DECIDED,
    ("POST", "/inbox/{confirmed}/arrived"): DECIDED,
    ("POST", "/inbox/{confirmed}/left"): DECIDED,
    ("POST", "/inbox/{confirmed}/no-show"): DECIDED,
    ("GET", "/manage/bookings/new"): DECIDERS,
    ("POST", "/manage/bookings/new"): DECIDED,
    ("GET", "/manage"): row("sign 404 404 404 ok ok ok ok ok 404 404 ok 404"),
    ("GET", "/manage/facilities/hall"): KEPT,
    ("GET", "/manage/facilities/hall/history"): DECISION,
    ("GET", "/manage/clusters/here/import"): ONE_ASKING,
    ("POST", "/manage/clusters/here/import"): ONE_ANSWERED,
    ("GET", "/manage/clusters/here/facilities.csv"): ONE_ASKING,
    ("GET", "/manage/clusters/here/facilities.json"): ONE_ASKING,
    ("GET", "/manage/clusters/here/log"): AUDITED,
    ("GET", "/manage/clusters/here/log?first=no"): row(
        "sign 404 404 404 404 404 404 in 404 404 404 404 in"
    ),
    ("GET", "/manage/clusters/here/log.csv"): AUDITED,
    ("GET", "/manage/clusters/there/log"): row(
        "sign 404 404 404 404 404 404 404 ok 404 404 404 404"
    ),
    ("GET", "/admin/log"): ADMINS,
    ("GET", "/admin/bookings"): ADMINS,
    ("POST", "/admin/bookings"): ADMINISTRATED,
    ("GET", "/admin/bookings/{reference}"): FOREIGN,
    ("GET", "/organisation/history"): row("sign ok ok ok 404 404 404 404 404 404 ok"),
    ("GET", "/account/history"): SIGNED_IN,
    ("POST", "/account/language"): POSTED,
    ("GET", "/manage/facilities/hall/conditions"): KEPT,
    ("POST", "/manage/facilities/hall/conditions"): KEPT_UP,
    ("GET", "/manage/facilities/hall/conditions/9"): FOREIGN,
    ("POST", "/manage/facilities/hall/conditions/9"): FOREIGN,
    ("POST", "/manage/facilities/hall/conditions/9/remove"): FOREIGN,
    ("GET", "/manage/facilities/hall/hours"): KEPT,
    ("GET", "/manage/facilities/none/hours"): FOREIGN,
    ("POST", "/manage/facilities/hall/hours/mode"): DECIDED,
    ("POST", "/manage/facilities/hall/hours/holidays"): KEPT_UP,
    ("GET", "/manage/facilities/hall/hours/week"): KEPT,
    ("POST", "/manage/facilities/hall/hours/week"): KEPT_UP,
    ("GET", "/manage/facilities/hall/hours/give-up"): KEPT,
    ("POST", "/manage/facilities/hall/hours/give-up"): KEPT_UP,
    ("POST", "/manage/facilities/hall/hours/season/remove"): FOREIGN,
    ("GET", "/manage/facilities/hall/hours/special-days"): KEPT,
    ("POST", "/manage/facilities/hall/hours/special-days"): KEPT_UP,
    ("POST", "/manage/facilities/hall/hours/special-days/remove"): FOREIGN,
    ("GET", "/manage/facilities/hall/people"): ONE_ASKING,
    ("POST", "/manage/facilities/hall/people"): ONE_ANSWERED,
    ("POST", "/manage/facilities/hall/people/remove"): ONE_ANSWERED,
    ("POST", "/manage/facilities/hall/calendar"): ONE_ANSWERED,
    ("GET", "/manage/facilities/hall/quotas"): DECISION,
    ("POST", "/manage/facilities/hall/quotas"): DECIDED,
    ("GET", "/manage/facilities/hall/message"): DECISION,
    ("POST", "/manage/facilities/hall/message"): DECIDED,
    ("GET", "/manage/clusters/here/facilities/new"): ONE_ASKING,
    ("POST", "/manage/clusters/here/facilities/new"): ONE_ANSWERED,
    ("GET", "/manage/new-facilities/none"): FOREIGN,
    ("GET", "/manage/new-facilities/none/facts"): FOREIGN,
    ("POST", "/manage/new-facilities/none/facts"): FOREIGN,
    ("GET", "/manage/new-facilities/none/hours/week"): FOREIGN,
    ("POST", "/manage/new-facilities/none/files/pictures"): FOREIGN,
    ("GET", "/manage/new-facilities/none/preview"): FOREIGN,
    ("POST", "/manage/new-facilities/none/publish"): FOREIGN,
    ("POST", "/manage/new-facilities/none/discard"): FOREIGN,
    ("GET", "/manage/facilities/hall/facts"): KEPT,
    ("POST", "/manage/facilities/hall/facts"): KEPT_UP,
    ("GET", "/manage/facilities/hall/facts/preview"): KEPT_UP,
    ("POST", "/manage/facilities/hall/facts/publish"): KEPT_UP,
    ("POST", "/manage/facilities/hall/facts/discard"): KEPT_UP,
    ("POST", "/manage/facilities/hall/facts/confirm"): KEPT_UP,
    ("GET", "/manage/facilities/hall/facts/history"): KEPT,
    ("POST", "/manage/facilities/hall/facts/put-back"): FOREIGN,
    ("GET", "/manage/facilities/hall/arrival"): KEPT,
    ("POST", "/manage/facilities/hall/arrival"): KEPT_UP,
    ("GET", "/manage/facilities/hall/reports"): KEPT,
    ("POST", "/manage/facilities/hall/reports/9"): KEPT_UP,
    ("GET", "/manage/facilities/hall/files/pictures"): KEPT,
    ("GET", "/manage/facilities/hall/files/none"): FOREIGN,
    ("POST", "/manage/facilities/hall/files/documents"): KEPT_UP,
    ("GET", "/manage/facilities/hall/files/pictures/9"): FOREIGN,
    ("POST", "/manage/facilities/hall/files/pictures/9"): FOREIGN,
    ("POST", "/manage/facilities/hall/files/pictures/9/move"): FOREIGN,
    ("POST", "/manage/facilities/hall/files/documents/9/remove"): FOREIGN,
    ("GET", "/manage/facilities/hall/named-organisations"): DECISION,
    ("POST", "/manage/facilities/hall/named-organisations"): DECIDED,
    ("POST", "/manage/facilities/hall/named-organisations/remove"): DECIDED,
    ("GET", "/manage/facilities/hall/set-aside"): DECISION,
    ("POST", "/manage/facilities/hall/set-aside"): DECIDED,
    ("POST", "/manage/facilities/hall/set-aside/release"): FOREIGN,
    ("GET", "/manage/facilities/hall/standing"): KEPT,
    ("POST", "/manage/facilities/hall/status"): KEPT_UP,
    ("POST", "/manage/facilities/hall/move"): ONE_ANSWERED,
    ("GET", "/manage/facilities/hall/terms"): DECISION,
    ("POST", "/manage/facilities/hall/terms"): DECIDED,
    ("GET", "/manage/clusters/here/replies"): ONE_ASKING,
    ("POST", "/manage/clusters/here/replies"): ONE_ANSWERED,
    ("GET", "/manage/clusters/here/replies/99"): FOREIGN,
    ("POST", "/manage/clusters/here/replies/99"): FOREIGN,
    ("POST", "/manage/clusters/here/replies/99/remove"): FOREIGN,
    ("GET", "/manage/clusters/here/facts"): ONE_ASKING,
    ("POST", "/manage/clusters/here/facts"): ONE_ANSWERED,
    ("GET", "/manage/clusters/here/two-step"): ONE_ASKING,
    ("POST", "/manage/clusters/here/two-step"): ONE_ANSWERED,
    ("POST", "/manage/clusters/here/two-step/lift"): ONE_ANSWERED,
    ("GET", "/manage/closures"): DECIDERS,
    ("GET", "/manage/closures/new"): DECIDERS,
    ("GET", "/manage/closures/new?facility=hall"): DECISION,
    ("GET", "/manage/closures/new?cluster=here"): row("sign 404 404 404 403 403 404 ok 404 404"),
    ("POST", "/manage/closures/new"): DECIDED,
    ("GET", "/manage/closures/1"): DECISION,
    ("GET", "/manage/closures/1/change"): DECISION,
    ("POST", "/manage/closures/1/change"): DECIDED,
    ("POST", "/manage/closures/1/settle"): DECIDED,
    ("POST", "/manage/closures/1/give-up"): DECIDED,
    ("POST", "/manage/closures/1/end"): DECIDED,
    ("GET", "/manage/closures/2147483647"): FOREIGN,
    ("GET", "/manage/people"): COORDINATORS,
    ("GET", "/manage/people/roles"): COORDINATORS,
    ("POST", "/manage/people/roles"): row("sign 404 404 404 404 404 404 in in 404"),
    ("POST", "/manage/people/roles/{role}/remove"): ONE_ANSWERED,
    ("GET", "/manage/people/{asking}"): ONE_ASKING,
    ("POST", "/manage/people/{asking}"): ONE_ANSWERED,
    ("POST", "/manage/people/{asking}/name"): ONE_ANSWERED,
    ("POST", "/manage/people/{asking}/decline"): ONE_ANSWERED,
    ("POST", "/manage/people/{let_in}/link"): ONE_ANSWERED,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account"): POSTED,
    ("GET", "/account/password"): SIGNED_IN,
    ("POST", "/account/password"): POSTED,
    ("GET", "/account/email"): SIGNED_IN,
    ("POST", "/account/email"): POSTED,
    ("POST", "/account/sign-ins/none/end"): FOREIGN,
    ("POST", "/account/sign-ins/end-others"): POSTED,
    ("GET", "/sign-in/second-step"): row("in"),
    ("POST", "/sign-in/second-step"): row("in"),
    ("GET", "/account/confirm"): SIGNED_IN,
    ("POST", "/account/confirm"): POSTED,
    ("GET", "/account/two-step"): SIGNED_IN,
    ("GET", "/account/two-step/app"): SIGNED_IN,
    ("POST", "/account/two-step/app"): POSTED,
    ("POST", "/account/two-step/app/remove"): FOREIGN,
    ("GET", "/account/two-step/passkeys/new"): SIGNED_IN,
    ("POST", "/account/two-step/passkeys/new"): POSTED,
    ("POST", "/account/two-step/passkeys/options"): POSTED,
    ("POST", "/account/two-step/passkeys/none/remove"): FOREIGN,
    ("POST", "/sign-in/passkey/options"): row("in"),
    ("POST", "/sign-in/passkey"): row("in"),
    ("POST", "/account/two-step/recovery-codes"): FOREIGN,
    ("GET", "/account/updates"): SIGNED_IN,
    ("POST", "/account/updates/read"): POSTED,
    ("GET", "/account/updates/settings"): SIGNED_IN,
    ("POST", "/account/updates/settings"): POSTED,
    ("GET", "/account/single-sign-on"): SIGNED_IN,
    ("POST", "/account/single-sign-on/link"): POSTED,
    ("POST", "/account/single-sign-on/leave"): POSTED,
    ("POST", "/account/single-sign-on/none/unlink"): FOREIGN,
    ("GET", "/account/free-times"): SIGNED_IN,
    ("GET", "/account/free-times/{alert}"): row("sign in 404 404 404 404 404 404 404 404"),
    ("POST", "/account/free-times/{other_alert}/remove"): row(
        "sign in 404 404 404 404 404 404 404 404"
    ),
    ("GET", "/account/absences"): DECIDERS,
    ("POST", "/account/absences"): row("sign 404 404 404 in in in in in 404"),
    ("POST", "/account/absences/2027-01-04/end"): row("sign" + " 404" * 10),
    ("GET", "/account/feeds"): SIGNED_IN,
    ("POST", "/account/feeds"): POSTED,
    ("POST", "/account/feeds/{feed_key}/renew"): row("sign in 404 404 404 404 404 404 404 404"),
    ("POST", "/account/feeds/{feed_key}/end"): row("sign in 404 404 404 404 404 404 404 404"),
    ("GET", "/organisation"): row("sign ok ok ok 404 404 404 404 404 404 ok"),
    ("GET", "/organisation/billing"): row("sign 403 403 403 404 404 404 404 404 404 ok"),
    ("POST", "/organisation/billing"): row("sign 403 403 403 404 404 404 404 404 404 in"),
    ("POST", "/organisation/confidential/hand-over"): row(
        "sign 403 403 403 404 404 404 404 404 404 404"
    ),
    ("POST", "/organisation/people/{membership}/manager"): row(
        "sign 403 403 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/people/{membership}/member"): row(
        "sign 403 403 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/people/{membership}/remove"): row(
        "sign 403 403 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/requests/{joining}/decline"): row(
        "sign 403 403 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/requests/{joining}/accept"): row(
        "sign 403 403 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/requests/{announced}/object"): row(
        "sign in in 404 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/invitations"): row("sign 403 403 403 404 404 404 404 404 404 in"),
    ("POST", "/organisation/invitations/{invitation}/send"): row(
        "sign 403 403 403 404 404 404 404 404 404 in"
    ),
    ("POST", "/organisation/invitations/{invitation}/withdraw"): row(
        "sign 403 403 403 404 404 404 404 404 404 in"
    ),
    ("GET", "/invitations/{invited}"): row("ok 403 403 403 403 403 403 403 403 403 403"),
    ("GET", "/invitations/never-made"): row("404"),
    ("POST", "/invitations/never-made"): row("404"),
    ("POST", "/invitations/{invited}"): row("in 403 403 403 403 403 403 403 403 403 403"),
    ("POST", "/invitations/{invited}/accept"): row("in 403 403 403 403 403 403 403 403 403 403"),
    ("POST", "/invitations/{invited}/decline"): row("in 403 403 403 403 403 403 403 403 403 403"),
    ("GET", "/admin"): ADMINS,
    ("POST", "/admin/checks/data"): ADMINISTRATED,
    ("GET", "/admin/people"): ADMINS,
    ("GET", "/admin/people/{person}"): ADMINS,
    ("GET", "/admin/people/none"): FOREIGN,
    ("GET", "/admin/people/{person}/deactivate"): ADMINS,
    ("POST", "/admin/people/{person}/deactivate"): ADMINISTRATED,
    ("GET", "/admin/people/{person}/promote"): FOREIGN,
    ("GET", "/admin/organisations"): ADMINS,
    ("GET", "/admin/organisations/{organisation}"): ADMINS,
    ("GET", "/admin/organisations/none"): FOREIGN,
    ("GET", "/admin/organisations/{organisation}/merge"): ADMINS,
    ("GET", "/admin/organisations/none/merge"): FOREIGN,
    ("POST", "/admin/organisations/{organisation}/merge"): ADMINISTRATED,
    ("POST", "/admin/organisations/names/{name_check}/allow"): ADMINISTRATED,
    ("POST", "/admin/organisations/names/{name_check}/refuse"): ADMINISTRATED,
    ("GET", "/admin/organisations/{organisation}/managers/{membership}"): ADMINS,
    ("POST", "/admin/organisations/{organisation}/managers/{membership}"): ADMINISTRATED,
    ("GET", "/admin/clusters"): ADMINS,
    ("GET", "/admin/clusters/not-on-map"): ADMINS,
    ("GET", "/admin/clusters/here/coordinators"): ADMINS,
    ("POST", "/admin/clusters/here/coordinators"): ADMINISTRATED,
    ("POST", "/admin/clusters/here/coordinators/{role}/remove"): ADMINISTRATED,
    ("GET", "/admin/mail"): ADMINS,
    ("POST", "/admin/mail/pause"): ADMINISTRATED,
    ("POST", "/admin/mail/resume"): ADMINISTRATED,
    ("POST", "/admin/mail/again"): ADMINISTRATED,
    ("POST", "/admin/mail/forget"): ADMINISTRATED,
    ("GET", "/admin/sign-in-providers"): ADMINS,
    ("POST", "/admin/sign-in-providers/none/check"): FOREIGN,
    ("GET", "/admin/settings"): ADMINS,
    ("POST", "/account/organisation"): row("sign in 404 404 404 404 404 404 404 404"),
    # The last: who leaves has no access afterwards.
    ("POST", "/account/organisations/{membership}/leave"): row(
        "sign 404 in 404 404 404 404 404 404 404 404"
    ),
}


# What a form must carry to say which facility it is about.
FIELDS = {
    "/organisation/invitations": {"email": "new@example.org"},
    "/account/organisation": {"key": "{own_membership}"},
    "/manage/people/roles/{role}/remove": {"end_reason": "The last one stays"},
    "/requests/new?facility=hall": {"facility": "hall"},
    "/manage/bookings/new": {"facility": "hall"},
    "/manage/closures/new": {"facility": "hall"},
    "/requests/{reference}/withdraw": {"booking": "1"},
    "/requests/{confirmed}/cancel": {"booking": "1"},
    **{
        f"/inbox/{{confirmed}}/{act}": {"date": "{date}"}
        for act in ("attendance", "arrived", "left", "no-show")
    },
    "/requests/{proposed}/accept": {"booking": "1", "date": "{proposal}"},
    "/plans/{plan}/status": {"status": "agreed", "seen": "idea"},
    "/plans/{plan}/clusters": {"cluster": "there", "joins": "yes"},
    "/plans/{plan}/organisation": {"joins": "yes"},
    "/expertise/here/ask": {"area": "{area}"},
    "/account/expertise/{naming}": {"answer": "show"},
    "/requests/{proposed}/decline": {"booking": "1", "dates": "{proposal}"},
}


_PLAN = PlanFacts("Street", "range", "Of smoke.", ("smoke-training",), "", "unknown", None)


@dataclass
class Scene:
    """Two clusters, one request that waits, one that is confirmed, and all who look at them."""

    people: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        here, there = make_cluster("here"), make_cluster("there")
        hall = make_facility(here, "hall")
        shed, barn = make_facility(here, "shed"), make_facility(there, "barn")
        organisation = make_organisation("Demo Drones", home_cluster=here)
        self.people = {
            "anonymous": None,
            "partner": make_person(organisation=organisation),
            "colleague": make_person(organisation=organisation),
            "rival": make_person(organisation=make_organisation("Demo Fly", home_cluster=here)),
            "approver": make_approver(hall),
            "approver elsewhere": make_approver(shed),
            "approver of another cluster": make_approver(barn),
            "coordinator": make_coordinator(here),
            "coordinator of another cluster": make_coordinator(there),
            "admin": make_person(is_admin=True),
            "manager": make_person(),
            "keeper": make_keeper(hall),
            "auditor": make_person(),
        }
        make_membership(self.people["manager"], organisation, role="manager")
        make_role(self.people["auditor"], RoleKind.AUDITOR, here)
        partner = self.people["partner"]
        day = date(2027, 1, 12)
        waiting = make_request(partner, hall, [slot_on(day)])
        confirmed = make_request(
            partner, hall, [slot_on(day, "14:00", "16:00")], state=State.CONFIRMED
        )
        proposed = make_request(
            partner, hall, [slot_on(day, "12:00", "13:00")], state=State.PROPOSED
        )
        make_closure(hall, slot_on(date(2027, 6, 1)))  # the first: its number is 1
        newcomer = make_person(organisation=organisation, with_password=False)
        token = make_feed(account_of(partner.id), FeedKind.OWN, with_titles=False)
        area = make_expertise(here, partner, changed_by=self.people["coordinator"].id)
        self.names = {
            "reference": waiting.reference,
            "confirmed": confirmed.reference,
            "enquiry": ask(account_of(partner.id), hall.id, "Is there a crane?"),
            "alert": _alert(partner, hall, slot_on(day)),
            "other_alert": _alert(partner, hall, slot_on(day, "15:00", "16:00")),
            "area": area.key,
            "plan": propose(account_of(self.people["coordinator"].id), "here", _PLAN),
            "suggested": propose(account_of(partner.id), "here", _PLAN),
            "naming": db.session.query(ExpertisePerson.key).scalar(),
            "expertise": ask_about(account_of(partner.id), "here", area.key, "Who can help?"),
            "date": confirmed.bookings[0].occurrences[0].uid,
            "proposed": proposed.reference,
            "proposal": proposed.bookings[0].occurrences[0].uid,
            "joining": make_account_request(here, organisation_id=organisation.id).key,
            "invitation": make_invitation(organisation, self.people["manager"]).key,
            "invited": _invite(organisation, self.people["manager"]),
            "announced": make_account_request(
                here,
                joins_id=organisation.id,
                announced_by_id=self.people["coordinator"].id,
                objections_until=NOW,
            ).key,
            "name_check": _name_check(here, self.people["coordinator"]),
            "asking": make_account_request(here).key,
            "let_in": make_account_request(here, answer="let_in", person_id=newcomer.id).key,
            "person": partner.key,
            "organisation": organisation.key,
            "role": _key_of_role(self.people["coordinator"]),
            "own_membership": _key_of_membership(partner),
            "membership": _key_of_membership(self.people["colleague"]),
            "feed": token,
            "feed_key": _key_of_feed(),
        }

    def fields_for(self, address: str) -> dict[str, str]:
        """What a form posted to an address of the table must carry."""
        return {name: one.format(**self.names) for name, one in FIELDS.get(address, {}).items()}


def _name_check(cluster: Cluster, coordinator: Person) -> str:
    request = make_account_request(cluster)
    wanted = NewOrganisation("Demo Dr0nes", "sme", "DK", cluster.slug)
    ask_for_name(request.key, coordinator.id, wanted)
    return waiting_name_checks()[0].key


def _invite(organisation: Organisation, manager: Person) -> str:
    make_invitation(organisation, manager, token="invited")
    return "invited"


def _alert(person: Person, facility: Facility, slot: Slot) -> str:
    alert = FreeTimeAlert(
        key=secrets.token_hex(16),
        person_id=person.id,
        facility_id=facility.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        whole=False,
        places=1,
        asked_at=NOW,
    )
    db.session.add(alert)
    db.session.commit()
    return alert.key


def _key_of_role(person: Person) -> str:
    return db.session.query(Role.key).filter_by(person_id=person.id).scalar()


def _key_of_membership(person: Person) -> str:
    return db.session.query(Membership.key).filter_by(person_id=person.id).scalar()


def _key_of_feed() -> str:
    from booking.feeds.models import Feed

    return db.session.query(Feed.key).scalar()


def answer_to(client: FlaskClient, method: str, address: str, fields: dict) -> str:
    """What this browser gets there, in the words of the table."""
    answer = client.get(address) if method == "GET" else post(client, address, fields)
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"):
        return "sign"
    if answer.status_code in (403, 404):
        return str(answer.status_code)
    assert answer.status_code < 500
    return "ok" if method == "GET" and answer.status_code == 200 else "in"


# Most pages are opened for somebody on both engines; who else may not is one rule for both.
LET_IN = ("partner", "approver", "coordinator") if IS_LONG else ("approver",)


@pytest.mark.parametrize(
    ("engine_name", "person"),
    [*(("sqlite", person) for person in PEOPLE), *(("postgresql", person) for person in LET_IN)],
)
def test_each_person_gets_what_the_table_says(app: Flask, app_context: None, person: str) -> None:
    scene = Scene()
    wrong = []
    for (method, address), expected in TABLE.items():
        client = app.test_client()
        if scene.people[person] is not None:
            sign_in(client, scene.people[person])
        fields = scene.fields_for(address)
        got = answer_to(client, method, address.format(**scene.names), fields)
        if got != expected[PEOPLE.index(person)]:
            wrong.append(f"{method} {address}: {got}, not {expected[PEOPLE.index(person)]}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_role_that_is_withheld_lets_nobody_in(app: Flask, app_context: None) -> None:
    """The page asks for a second step, but where others read too."""
    scene = Scene()
    db.session.execute(sa.update(Cluster).values(second_factor_from=NOW))
    db.session.commit()
    tried, wrong = set(), []
    for person in ("approver", "coordinator", "keeper", "auditor"):
        for (method, address), expected in TABLE.items():
            if "404" not in expected or expected[PEOPLE.index(person)] not in ("ok", "in"):
                continue
            client = app.test_client()
            sign_in(client, scene.people[person])
            fields = scene.fields_for(address)
            got = answer_to(client, method, address.format(**scene.names), fields)
            tried.add(person)
            open_to_others = address.startswith(
                ("/records-of-processing", "/expertise/questions", "/plans")
            )
            if got != ("404" if open_to_others else "403"):
                wrong.append(f"{person}: {method} {address}: {got}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert len(tried) == 4


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_view_has_an_access_mark(app: Flask) -> None:
    bare = [name for name, view in app.view_functions.items() if access_mark(view) is None]
    assert not bare, f"say in booking.web.access's words who may open: {', '.join(bare)}"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_address_and_method_is_in_the_table(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    covered = set()
    for method, address in TABLE:
        path = address.partition("?")[0]
        endpoint, _ = adapter.match(path.format(**dict.fromkeys(_names(path), "x")), method)
        covered.add((endpoint, method))
    wanted = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        if not rule.endpoint.endswith("static")
    }
    assert wanted - covered == set()


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_page_that_may_not_be_seen_looks_like_one_that_does_not_exist(
    app: Flask, app_context: None
) -> None:
    scene = Scene()
    client = app.test_client()
    sign_in(client, scene.people["rival"])
    for kind in ("requests", "inbox"):
        refused = client.get(f"/{kind}/{scene.names['reference']}")
        assert text_of(refused) == text_of(client.get(f"/{kind}/222-222"))


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_no_post_is_accepted_without_its_token(app: Flask, app_context: None) -> None:
    scene = Scene()
    for person in ("partner", "approver", "coordinator"):
        for method, address in TABLE:
            if method != "POST":
                continue
            client = app.test_client()
            sign_in(client, scene.people[person])
            answer = client.post(address.format(**scene.names), data={"title": "kept"})
            assert answer.status_code in (400, 403, 404), (person, address, answer.status_code)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_head_answers_as_get_does(app: Flask, app_context: None) -> None:
    scene = Scene()
    wrong = []
    for person in ("anonymous", "partner", "coordinator"):
        for method, address in TABLE:
            if method != "GET":
                continue
            client = app.test_client()
            if scene.people[person] is not None:
                sign_in(client, scene.people[person])
            path = address.format(**scene.names)
            head, get = client.head(path), client.get(path)
            if (head.status_code, head.location, head.data) != (get.status_code, get.location, b""):
                wrong.append(f"{person}: HEAD {address} {head.status}, GET {get.status}")
    assert not wrong, "\n" + "\n".join(wrong)
