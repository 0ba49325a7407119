"""Personal data in words: what is kept, why, who sees it, and how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from booking.rules.retention import (
    AT_ONCE,
    TABLES,
    AddressesErased,
    Counted,
    Deleted,
    Periods,
    Stays,
    Subject,
    TextsDeleted,
    Why,
)
from booking.wording.formats import duration
from booking.wording.translator import gettext, lazy_gettext, ngettext

_YEAR = 365


class Basis(StrEnum):
    """On what the processing rests."""

    CONTRACT = "contract"
    INTEREST = "interest"


BASIS_WORDS = {
    Basis.CONTRACT: lazy_gettext(
        "Needed to do what the person asks for (GDPR, Article 6(1)(b)), else the legitimate "
        "interest of clusters and organisations in arranging the use of facilities "
        "(Article 6(1)(f))"
    ),
    Basis.INTEREST: lazy_gettext(
        "Legitimate interest: keeping accounts safe, and being able to say who did what "
        "(GDPR, Article 6(1)(f))"
    ),
}


@dataclass(frozen=True)
class SubjectWords:
    """What the privacy pages say about one kind of data. `people`: whom the data are about."""

    title: str
    what: str
    why: str
    who_sees: str
    people: str
    basis: Basis


_ACCOUNT_HOLDERS = lazy_gettext("People with an account")
_OWNERS_PEOPLE = lazy_gettext("Approvers and coordinators")
_VISITORS = lazy_gettext("Visitors")

#: Each subject that concerns people.
SUBJECT_WORDS = {
    Subject.ACCOUNT: SubjectWords(
        lazy_gettext("Accounts"),
        lazy_gettext(
            "Name, e-mail address, time zone, how somebody wants to get updates. A password is "
            "kept in a form from which it cannot be read."
        ),
        lazy_gettext("To sign people in, and so that others know whom they deal with."),
        lazy_gettext(
            "The person, colleagues in their organisation, those who decide on their requests, "
            "coordinators who answer a request for an account, administrators."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.SIGNING_IN: SubjectWords(
        lazy_gettext("Signing in"),
        lazy_gettext(
            "In which browsers somebody is signed in, since when, how and from which network; "
            "passkeys, authenticator apps and linked accounts. Wrong passwords are counted under "
            "codes, without names or addresses."
        ),
        lazy_gettext("To keep accounts safe."),
        lazy_gettext(
            "The person. Administrators see in how many browsers, when one was last used, and "
            "whether a second step is needed."
        ),
        _ACCOUNT_HOLDERS,
        Basis.INTEREST,
    ),
    Subject.ROLES: SubjectWords(
        lazy_gettext("Organisations and roles"),
        lazy_gettext(
            "For which organisations somebody works, what they manage or decide on, and when they "
            "are away."
        ),
        lazy_gettext("So that requests reach the right people, and nobody decides on their own."),
        lazy_gettext(
            "The person, their organisation, the people of the cluster, and administrators."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.REQUESTS: SubjectWords(
        lazy_gettext("Requests and bookings"),
        lazy_gettext(
            "Who sent a request, what for, and who did what with it: answers, messages, reasons, "
            "conditions, arrivals."
        ),
        lazy_gettext("To decide on requests and to carry out bookings."),
        lazy_gettext(
            "The organisation that sent it and those who decide on it. In an emergency an "
            "administrator, who has to say why; both sides are told. Other organisations see only "
            "that a time is taken."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.DRAFTS: SubjectWords(
        lazy_gettext("Drafts"),
        lazy_gettext("A request that somebody fills in before they sign in."),
        lazy_gettext("So that nothing is lost while they sign in."),
        lazy_gettext("Only the browser in which it was written."),
        _VISITORS,
        Basis.CONTRACT,
    ),
    Subject.QUESTIONS: SubjectWords(
        lazy_gettext("Questions about facilities"),
        lazy_gettext("What people ask about a facility without a request, and the answers."),
        lazy_gettext("To answer them."),
        lazy_gettext("The organisation that asked and those who decide on the facility."),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.EXPERTISE: SubjectWords(
        lazy_gettext("Directory of expertise"),
        lazy_gettext(
            "Who is named with an area of expertise and whether they agreed to be shown, and what "
            "people ask clusters about it."
        ),
        lazy_gettext("So that people find who can help, and get an answer."),
        lazy_gettext(
            "Everybody sees the names of those who agreed, until they withdraw. A question is read "
            "by who asked it, those who answer, and coordinators of the cluster."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.PLANS: SubjectWords(
        lazy_gettext("Plans of facilities"),
        lazy_gettext(
            "Who proposed or suggested a plan, said that a cluster joins it or that an "
            "organisation would use it, and what people wrote about it."
        ),
        lazy_gettext("To plan new facilities together, for those who need them."),
        lazy_gettext(
            "People of all clusters. Of organisations each sees only its own part; coordinators "
            "see their names."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.UPDATES: SubjectWords(
        lazy_gettext("Updates"),
        lazy_gettext(
            "What somebody was told, whether they have read it, and of which times they want to "
            "hear when they become free."
        ),
        lazy_gettext("To tell people what changed."),
        lazy_gettext("Only the person."),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.CALENDARS: SubjectWords(
        lazy_gettext("Calendar links and invitations"),
        lazy_gettext(
            "Which calendar links somebody has made, when a calendar program last read them, and "
            "which dates were mailed as invitations."
        ),
        lazy_gettext("To show bookings in the calendar program that people use."),
        lazy_gettext(
            "The person. Managers of their organisation see how many links its people have."
        ),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
    Subject.OWNERS: SubjectWords(
        lazy_gettext("Work of approvers and coordinators"),
        lazy_gettext("Who entered or changed closures, set-aside time, rules and saved replies."),
        lazy_gettext("So that colleagues know whom to ask."),
        lazy_gettext("Approvers and coordinators of the cluster."),
        _OWNERS_PEOPLE,
        Basis.INTEREST,
    ),
    Subject.HISTORY: SubjectWords(
        lazy_gettext("Who did what"),
        lazy_gettext(
            "Who got or lost which right, and who changed what. People appear as numbers; their "
            "names are looked up in the accounts."
        ),
        lazy_gettext("To find out how something came about, and whether it was right."),
        lazy_gettext(
            "The people it concerns, managers of their organisation, those who decide on the "
            "facility, coordinators and auditors of the cluster, and administrators."
        ),
        _ACCOUNT_HOLDERS,
        Basis.INTEREST,
    ),
    Subject.SEARCHES: SubjectWords(
        lazy_gettext("Searches"),
        lazy_gettext("What is searched for and how much was found, without saying by whom."),
        lazy_gettext("So that clusters see what is missing."),
        lazy_gettext("Clusters and administrators."),
        _VISITORS,
        Basis.INTEREST,
    ),
    Subject.SAVED: SubjectWords(
        lazy_gettext("Favourites and saved searches"),
        lazy_gettext(
            "Which facilities somebody has marked, which searches they keep, and of which they "
            "want to hear. What they have just looked at is in their browser only."
        ),
        lazy_gettext("So that people find again what they looked for, and hear of what is new."),
        lazy_gettext("Only the person."),
        _ACCOUNT_HOLDERS,
        Basis.CONTRACT,
    ),
}

#: What the rows of each table are called, where they name people or have an end of their own.
TABLE_WORDS = {
    "person": lazy_gettext("Accounts"),
    "update_settings": lazy_gettext("Update settings"),
    "email_change": lazy_gettext("New e-mail addresses, until they are confirmed"),
    "one_time_link": lazy_gettext("Links to choose a password"),
    "account_mail": lazy_gettext("Mails about accounts that wait to be sent"),
    "account_request": lazy_gettext("Requests for an account"),
    "name_check": lazy_gettext("Names of new organisations that administrators decided on"),
    "sign_in": lazy_gettext("Sign-ins"),
    "second_step": lazy_gettext("Sign-ins that wait for the second step"),
    "authenticator_app": lazy_gettext("Authenticator apps"),
    "recovery_code": lazy_gettext("Recovery codes"),
    "passkey": lazy_gettext("Passkeys"),
    "passkey_challenge": lazy_gettext("Passkeys that are being asked for"),
    "sign_in_identity": lazy_gettext("Accounts at sign-in providers that are linked"),
    "failed_sign_in": lazy_gettext("Counted tries"),
    "membership": lazy_gettext("Memberships of organisations"),
    "membership_invitation": lazy_gettext("Invitations to organisations"),
    "role": lazy_gettext("Roles in a cluster or for a facility"),
    "absence": lazy_gettext("Absences"),
    "account_log": lazy_gettext("Rights given and taken"),
    "audit_entry": lazy_gettext("Log of who changed what"),
    "booking_request": lazy_gettext("Requests"),
    "request_reader": lazy_gettext("Confidential requests that they may read"),
    "booking_log": lazy_gettext("Steps in bookings"),
    "date_override": lazy_gettext("Exceptions"),
    "affected": lazy_gettext("Affected dates that were resolved"),
    "draft": lazy_gettext("Drafts"),
    "enquiry": lazy_gettext("Questions about facilities"),
    "correction": lazy_gettext("Reported mistakes"),
    "enquiry_message": lazy_gettext("Messages in questions about facilities"),
    "expertise_area": lazy_gettext("Areas of expertise that they wrote"),
    "expertise_person": lazy_gettext("Areas of expertise with which they are named"),
    "expertise_question": lazy_gettext("Questions about expertise"),
    "expertise_message": lazy_gettext("Messages in questions about expertise"),
    "facility_plan": lazy_gettext("Plans that they proposed"),
    "plan_cluster": lazy_gettext("Plans that they joined for a cluster"),
    "plan_organisation": lazy_gettext("Plans that their organisation would use"),
    "plan_comment": lazy_gettext("Comments on plans"),
    "facility_follower": lazy_gettext("Planned facilities that they follow"),
    "news": lazy_gettext("News of which people were told"),
    "free_time_alert": lazy_gettext("Times to be told about"),
    "favourite": lazy_gettext("Favourites"),
    "saved_search": lazy_gettext("Saved searches"),
    "catalogue_event": lazy_gettext("New facilities that somebody was told of"),
    "concept_merge": lazy_gettext("Concepts of the vocabulary that they merged"),
    "concept_proposal": lazy_gettext("Concepts that owners proposed for the vocabulary"),
    "notice": lazy_gettext("Updates"),
    "invitation": lazy_gettext("Invitations to dates"),
    "feed": lazy_gettext("Calendar links"),
    "mail_state": lazy_gettext("Pausing of mail"),
    "search_count": lazy_gettext("Counts of searches"),
    "closure": lazy_gettext("Closures"),
    "set_aside": lazy_gettext("Set-aside time"),
    "owner_change": lazy_gettext("Changes of facilities"),
    "facility_draft": lazy_gettext("Drafts of facts of facilities"),
    "stored_file": lazy_gettext("Pictures and documents"),
    "saved_reply": lazy_gettext("Saved replies"),
}

_STAYS_WORDS = {
    Why.ACCOUNT: lazy_gettext("as long as there is the account"),
    Why.RIVALS: lazy_gettext(
        "stay when they have ended, so that nobody leaves an organisation to decide on requests "
        "that compete with its own; without a name once the account is erased"
    ),
    Why.ORGANISATION: lazy_gettext("as long as the organisation has requests"),
    Why.FACILITY: lazy_gettext("as long as the facility is listed"),
    Why.RULES: lazy_gettext("until the cluster deletes them"),
    Why.CHAIN: lazy_gettext(
        "stay, as each entry confirms those before it; they name people by numbers, and what they "
        "say about a person goes with the account"
    ),
    Why.TECHNICAL: lazy_gettext("as long as the site runs"),
}


def period_text(length: timedelta) -> str:
    """Return a length in words: `3 years`, `30 days`, `12 hours`."""
    years, days = divmod(length.days, _YEAR)
    if years and not days and not length.seconds:
        return ngettext("%(num)d year", "%(num)d years", years)
    return duration(length)


def retention_lines(subject: Subject, periods: Periods) -> list[tuple[str, str]]:
    """Return what is kept of a subject and how long, in words, one line for each table and rule."""
    lines = []
    for name, rule in TABLES.items():
        if rule.subject is subject and name in TABLE_WORDS:
            for kept in rule.kept:
                if isinstance(kept, Deleted):
                    lines.append((str(TABLE_WORDS[name]), _deleted_text(kept, periods)))
                elif isinstance(kept, TextsDeleted):
                    lines.append((_texts_label(kept), _texts_text(kept, periods)))
                elif isinstance(kept, AddressesErased):
                    lines.append(
                        (
                            gettext("Shortened network addresses in that log"),
                            period_text(periods.length(kept.after)),
                        )
                    )
                elif isinstance(kept, Stays):
                    lines.append((str(TABLE_WORDS[name]), str(_STAYS_WORDS[kept.why])))
    if subject is Subject.REQUESTS:
        lines.append(
            (
                gettext("Organisation, facility, dates and answers"),
                gettext(
                    "stay for the figures of the clusters, without a name once the account is "
                    "erased"
                ),
            )
        )
    return lines


def _deleted_text(rule: Deleted, periods: Periods) -> str:
    length = periods.length(rule.after)
    if length == AT_ONCE:
        if rule.counted is Counted.BEGINNING:
            return gettext("deleted within a day of the beginning of that time")
        return gettext("deleted within a day of expiring")
    words = period_text(length)
    match rule.counted:
        case Counted.EXPIRY:
            return gettext("%(length)s after expiring", length=words)
        case Counted.LAST_USE:
            return gettext("%(length)s after the last use", length=words)
        case Counted.SIGNING_IN:
            return gettext("at most %(length)s after signing in", length=words)
        case Counted.TOLD:
            return gettext("%(length)s after the person was told", length=words)
        case Counted.LAST_DAY:
            return gettext("%(length)s after the last day", length=words)
        case Counted.END:
            return gettext("%(length)s after the end", length=words)
        case Counted.LAST_MESSAGE:
            return gettext("%(length)s after the last message", length=words)
        case Counted.REVOKED:
            return gettext("until ended, and then %(length)s", length=words)
        case _:
            return words


def _texts_label(rule: TextsDeleted) -> str:
    if rule.took_place:
        return gettext("What people wrote in bookings that took place")
    return gettext("What people wrote in requests of which no date took place")


def _texts_text(rule: TextsDeleted, periods: Periods) -> str:
    return gettext("%(length)s after the last date", length=period_text(periods.length(rule.after)))


#: As what a person stands in a table, where that is not clear from the table alone.
COLUMN_WORDS = {
    ("account_request", "answered_by_id"): lazy_gettext("answered by you"),
    ("absence", "stand_in_id"): lazy_gettext("of others, whose stand-in you are"),
    ("account_log", "person_id"): lazy_gettext("yours"),
    ("account_log", "actor_id"): lazy_gettext("by you"),
    ("audit_entry", "person_id"): lazy_gettext("about you"),
    ("audit_entry", "actor_id"): lazy_gettext("by you"),
    ("booking_request", "requester_id"): lazy_gettext("sent or entered by you"),
    ("booking_request", "contact_id"): lazy_gettext("looked after by you"),
    ("booking_log", "actor_id"): lazy_gettext("by you"),
    ("booking_log", "stood_in_for_id"): lazy_gettext("by your stand-in"),
    ("membership_invitation", "email"): lazy_gettext("for you"),
    ("membership_invitation", "invited_by_id"): lazy_gettext("by you"),
    ("correction", "reported_by_id"): lazy_gettext("reported by you"),
    ("correction", "settled_by_id"): lazy_gettext("settled by you"),
    ("set_aside", "made_by_id"): lazy_gettext("entered by you"),
    ("set_aside", "ended_by_id"): lazy_gettext("ended by you"),
}

#: What the values of a copy are called.
FIELD_WORDS = {
    "added_at": lazy_gettext("Added"),
    "issuer": lazy_gettext("Provider"),
    "subject": lazy_gettext("Name of the account there"),
    "linked_at": lazy_gettext("Linked"),
    "named_at": lazy_gettext("Named"),
    "paused_at": lazy_gettext("Paused"),
    "proved_at": lazy_gettext("Password or code given last"),
    "second_factor": lazy_gettext("Second step"),
    "way": lazy_gettext("How"),
    "about": lazy_gettext("About"),
    "agreed_at": lazy_gettext("Agreed"),
    "address": lazy_gettext("Network address, or e-mail address"),
    "after": lazy_gettext("State after it"),
    "answer": lazy_gettext("Answer"),
    "answered_at": lazy_gettext("Answered"),
    "concept_id": lazy_gettext("Concept"),
    "into_id": lazy_gettext("Merged into"),
    "merged_at": lazy_gettext("Merged"),
    "answers": lazy_gettext("Answers"),
    "asked_at": lazy_gettext("Asked"),
    "at": lazy_gettext("When"),
    "billing_reference": lazy_gettext("Billing reference"),
    "browser": lazy_gettext("Browser"),
    "changed_at": lazy_gettext("Changed"),
    "saved_at": lazy_gettext("Saved"),
    "catalogue": lazy_gettext("The catalogue"),
    "cluster": lazy_gettext("Cluster"),
    "country": lazy_gettext("Country"),
    "created_at": lazy_gettext("Made"),
    "details": lazy_gettext("Titles in mails"),
    "email": lazy_gettext("E-mail address"),
    "end_reason": lazy_gettext("Why it ended"),
    "ended_at": lazy_gettext("Ended"),
    "reported_at": lazy_gettext("Reported"),
    "outcome": lazy_gettext("What became of it"),
    "ends_at": lazy_gettext("End"),
    "entered_at": lazy_gettext("Entered"),
    "event": lazy_gettext("What"),
    "event_uid": lazy_gettext("Number of the date"),
    "every_step": lazy_gettext("Every step"),
    "expires_at": lazy_gettext("Expires"),
    "facility": lazy_gettext("Facility"),
    "fetched_at": lazy_gettext("Last read"),
    "fetched_by": lazy_gettext("Read by the program"),
    "first_day": lazy_gettext("First day"),
    "hazards_note": lazy_gettext("Hazards"),
    "in_calendar": lazy_gettext("In the calendar"),
    "invitations": lazy_gettext("Invitations"),
    "ending": lazy_gettext("Answer"),
    "invited_at": lazy_gettext("Invited"),
    "is_admin": lazy_gettext("Administrator"),
    "kind": lazy_gettext("Kind"),
    "language": lazy_gettext("Language"),
    "last_day": lazy_gettext("Last day"),
    "made_at": lazy_gettext("Made"),
    "put_at": lazy_gettext("Added"),
    "media_type": lazy_gettext("Kind of file"),
    "mail_failed_at": lazy_gettext("Mail failed"),
    "message": lazy_gettext("Message"),
    "website": lazy_gettext("Website"),
    "objections_until": lazy_gettext("Members could object until"),
    "objected_at": lazy_gettext("Objected"),
    "objection": lazy_gettext("Objection"),
    "messages": lazy_gettext("Messages"),
    "name": lazy_gettext("Name"),
    "names": lazy_gettext("Names"),
    "organisation": lazy_gettext("Organisation"),
    "organisation_kind": lazy_gettext("Kind of organisation"),
    "organisation_name": lazy_gettext("Organisation"),
    "part": lazy_gettext("Part"),
    "places": lazy_gettext("Places"),
    "proposed_at": lazy_gettext("Proposed"),
    "said_at": lazy_gettext("Said"),
    "purpose": lazy_gettext("Purpose"),
    "query": lazy_gettext("Search"),
    "read_at": lazy_gettext("Read"),
    "reason": lazy_gettext("Reason"),
    "reference": lazy_gettext("Reference"),
    "reminders": lazy_gettext("Reminders"),
    "revoked_at": lazy_gettext("Ended"),
    "role": lazy_gettext("Role"),
    "seen_at": lazy_gettext("Last used"),
    "sent_at": lazy_gettext("Sent"),
    "sent_sequence": lazy_gettext("Version sent"),
    "settled_at": lazy_gettext("Resolved"),
    "settled_how": lazy_gettext("How"),
    "side": lazy_gettext("Side"),
    "since": lazy_gettext("Since"),
    "starts_at": lazy_gettext("Start"),
    "state": lazy_gettext("State"),
    "tells": lazy_gettext("Told of new ones"),
    "text": lazy_gettext("Text"),
    "time_zone": lazy_gettext("Time zone"),
    "title": lazy_gettext("Title"),
    "to_decide": lazy_gettext("What you can decide"),
    "told_at": lazy_gettext("Told"),
    "until": lazy_gettext("Until"),
    "used_at": lazy_gettext("Used"),
    "with_titles": lazy_gettext("With titles"),
}
