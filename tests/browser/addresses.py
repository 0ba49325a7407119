"""The pages to look at: for each address of the application, examples that fill it."""

from tests.browser.site import Site

#: What is served and is no page.
NO_PAGES = {
    "bootstrap.static",
    "browse.free_busy",
    "browse.help_image",
    "browse.security_txt",
    "feeds.cluster",
    "feeds.facility",
    "feeds.request",
    "feeds.secret",
    "health.alive",
    "health.ready",
    "static",
}
STATUSES = (400, 403, 404, 409, 413, 422, 429, 500, 503)
REQUESTS = (
    "Side-channel measurements, weekly",
    "Detection of small boats from the air",
    "Crowd counting at an entrance",
    "Damage maps from drone images",
    "Radiated immunity of a control unit",
)
DECIDING = (
    "Flights beyond sight along the coast",
    "Detection of small boats from the air",
    "Battery exchange by robot",
    "Weekly round of the members",
)

_ASKED = "?first=2027-01-11&last=2027-01-29&length=1-day"
_SAMPLES: dict[str, tuple[str, ...]] = {
    "browse.start": (
        "/",
        f"/{_ASKED}&what=drone",
        "/?what=nothing+has+this+name",
        "/?first=2027-01-11&length=never",
    ),
    "browse.facilities": (
        "/facilities",
        f"/facilities{_ASKED}&what=fire&cluster=tampere&kind=lab",
        "/facilities?area=drones&page=2",
        "/facilities?first=2026-01-01&last=2026-01-02",
    ),
    "browse.facility": (
        "/facilities/aisec-hardware-bench",
        "/facilities/aisec-hardware-bench?view=day&on=2026-12-01",
        "/facilities/aisec-hardware-bench?view=month",
        "/facilities/aisec-hardware-bench?view=list",
        "/facilities/aisec-hardware-bench?from=2026-12-03T09:00&to=2026-12-03T12:00&hours=all",
        "/facilities/uas-denmark",
        "/facilities/uas-denmark?view=week&on=2027-02-01",
        "/facilities/energy-lab-2",
        "/facilities/force-reverberation-chamber",
        "/facilities/lfs-bruchsal?view=month&on=2027-01-04",
        "/facilities/security-field-lab-zkd",
        "/facilities/avignon-technopole",
        "/facilities/iosb-it-security-lab",
        "/facilities/hsd-campus",
        "/facilities/there-is-none",
    ),
    "catalogue.sources": ("/sources",),
    "browse.help_index": ("/help",),
    "browse.help_guide": ("/help/partner", "/help/approver", "/help/there-is-none"),
    "browse.about": ("/about",),
    "browse.accessibility": ("/accessibility",),
    "privacy.index": ("/privacy",),
    "privacy.of_cluster": ("/privacy/censec",),
    "accounts.name": ("/account/name",),
    "privacy.data": ("/account/data",),
    "privacy.erase": ("/account/erase",),
    "privacy.erase_other": ("/erase-account",),
    "privacy.records": ("/records-of-processing",),
    "browse.clusters": ("/clusters",),
    "browse.cluster": ("/clusters/tampere", "/clusters/censec", "/clusters/there-is-none"),
    "calendars.index": (
        "/calendar",
        "/calendar?view=week&on=2026-12-01",
        "/calendar?view=month",
        "/calendar?as=list",
        "/calendar?cluster=tampere&kind=workbench&zone=Europe/Helsinki",
    ),
    "feeds.follow_cluster": ("/clusters/censec/subscribe",),
    "feeds.follow_facility": (
        "/facilities/uas-denmark/subscribe",
        "/facilities/hsd-campus/subscribe",
    ),
    "requests.index": ("/requests", "/requests?state=open", "/requests?state=ended&order=next"),
    "enquiries.new": (
        "/facilities/uas-denmark/ask",
        "/facilities/there-is-none/ask",
    ),
    "enquiries.sent": ("/requests/questions",),
    "enquiries.sent_one": ("/requests/questions/222-222",),
    "enquiries.received": ("/inbox/questions",),
    "enquiries.received_one": ("/inbox/questions/222-222",),
    "requests.new": (
        "/requests/new",
        "/requests/new?facility=aisec-hardware-bench&from=2026-12-03T09:00&to=2026-12-03T12:00",
        "/requests/new?facility=uas-denmark&first_day=2027-02-01&last_day=2027-02-02",
        "/requests/new?facility=energy-lab-2",
        "/requests/new?facility=avignon-technopole",
        "/requests/new?facility=hsd-campus",
        "/requests/new?facility=security-field-lab-zkd",
        "/requests/new?draft=1",
    ),
    "requests.tell_me": (
        "/facilities/aisec-hardware-bench/tell-me?from=2026-12-03T09:00&to=2026-12-03T12:00",
        "/facilities/uas-denmark/tell-me?first_day=2027-02-01&last_day=2027-02-02",
        "/facilities/there-is-none/tell-me",
    ),
    "decisions.inbox": (
        "/inbox",
        "/inbox?show=late",
        "/inbox?show=affected",
        "/inbox?show=proposed",
        "/inbox?show=waiting-list",
        "/inbox?show=upcoming",
        "/inbox?show=earlier&mine=1",
    ),
    "decisions.today": ("/inbox/today", "/inbox/today?on=2026-11-23"),
    "decisions.enter": (
        "/manage/bookings/new",
        "/manage/bookings/new?facility=uas-denmark",
        "/manage/bookings/new?facility=dbi-component-lab",
    ),
    "organisation.index": ("/organisation",),
    "manage.index": ("/manage",),
    "manage.show": ("/manage/facilities/uas-denmark",),
    "manage.terms": ("/manage/facilities/uas-denmark/terms",),
    "manage.announcement": ("/manage/facilities/uas-denmark/message",),
    "manage.conditions": (
        "/manage/facilities/dbi-component-lab/conditions",
        "/manage/facilities/uas-denmark/conditions",
    ),
    "manage.condition": (
        "/manage/facilities/dbi-component-lab/conditions/1",
        "/manage/facilities/dbi-component-lab/conditions/9",
    ),
    "manage.arrival": ("/manage/facilities/uas-denmark/arrival",),
    "manage.quotas": ("/manage/facilities/uas-denmark/quotas",),
    "manage.automatic": ("/manage/facilities/uas-denmark/named-organisations",),
    "manage.set_aside": ("/manage/facilities/uas-denmark/set-aside",),
    "manage.people": ("/manage/facilities/uas-denmark/people",),
    "manage.status": ("/manage/facilities/uas-denmark/standing",),
    "manage.hours": (
        "/manage/facilities/uas-denmark/hours",
        "/manage/facilities/uas-photogrammetry-field/hours",
    ),
    "manage.week": ("/manage/facilities/uas-denmark/hours/week",),
    "manage.remove_own_hours": ("/manage/facilities/uas-denmark/hours/give-up",),
    "manage.special_days": (
        "/manage/facilities/uas-denmark/hours/special-days?day=2026-12-25&open=1",
    ),
    "manage.replies": ("/manage/clusters/censec/replies", "/manage/clusters/none/replies"),
    "manage.reply": ("/manage/clusters/censec/replies/1",),
    "manage.closures": ("/manage/closures",),
    "manage.new_closure": (
        "/manage/closures/new",
        "/manage/closures/new?facility=uas-denmark",
    ),
    # The first closure of the demonstration is one of a CenSec facility.
    "manage.closure": ("/manage/closures/1",),
    "manage.change_closure": ("/manage/closures/1/change",),
    "accounts.sign_in": ("/sign-in",),
    "accounts.ask": ("/ask-for-account",),
    "accounts.asked": ("/ask-for-account/sent",),
    "accounts.forgotten_password": ("/forgotten-password",),
    "accounts.reset_requested": ("/forgotten-password/sent",),
    "accounts.confirm_email": ("/confirm-email/never-made",),
    "accounts.account": ("/account",),
    "accounts.email": ("/account/email",),
    "accounts.password": ("/account/password",),
    "accounts.second_step": ("/sign-in/second-step",),
    "accounts.confirm_identity": ("/account/confirm",),
    "accounts.two_step": ("/account/two-step",),
    "accounts.add_passkey": ("/account/two-step/passkeys/new",),
    "accounts.set_up_app": ("/account/two-step/app",),
    "accounts.account_requests": ("/manage/people",),
    "absences.index": ("/account/absences",),
    "alerts.index": ("/account/free-times",),
    "alerts.request_it": ("/account/free-times/never-made",),
    "feeds.index": ("/account/feeds",),
    "notices.updates": ("/account/updates",),
    "notices.choose_delivery": ("/account/updates/settings",),
}


#: Pages of administrators, which the others do not get. Of people and organisations the first.
ADMINS = {
    "admin.overview": "/admin",
    "admin.people": "/admin/people",
    "admin.person": "/admin/people/{person}",
    "admin.person_step": "/admin/people/{person}/deactivate",
    "admin.organisations": "/admin/organisations",
    "admin.organisation": "/admin/organisations/{organisation}",
    "admin.make_manager": "/admin/organisations/{organisation}/managers/{member}",
    "admin.clusters": "/admin/clusters",
    "admin.mail": "/admin/mail",
    "admin.settings": "/admin/settings",
}


def samples(site: Site) -> dict[str, tuple[str, ...]]:
    """Examples of each page by its endpoint, everybody's and those that only some may see."""
    own = [site.reference(title) for title in REQUESTS]
    deciding = [site.reference(title) for title in DECIDING]
    return {
        **_SAMPLES,
        "requests.show": (*(f"/requests/{reference}" for reference in own), "/requests/AAA-AAA"),
        "requests.withdraw": tuple(f"/requests/{one}/withdraw" for one in own[:2]),
        "requests.cancel": tuple(f"/requests/{one}/cancel" for one in (own[0], own[4])),
        "decisions.competing": tuple(f"/inbox/{one}/competing" for one in deciding[:2]),
        "decisions.several": (
            "/inbox/several",
            "/inbox/several?" + "&".join(f"pick={one}" for one in deciding[:2]),
        ),
        "requests.suggest_date": tuple(f"/requests/{one}/suggest" for one in (own[1], own[4])),
        "requests.change": tuple(f"/requests/{one}/change" for one in (own[1], own[4])),
        "requests.other_times": (f"/requests/{own[3]}/other-times",),
        "decisions.propose_dates": tuple(f"/inbox/{one}/propose" for one in deciding[:2]),
        "decisions.show": tuple(f"/inbox/{reference}" for reference in deciding),
        "decisions.attendance": (
            f"/inbox/{site.reference('Heat test of sensor housings')}/attendance",
        ),
        "accounts.account_request": (f"/manage/people/{site.asking_keys['Demo Newcomer']}",),
        "accounts.welcome": (f"/welcome/{site.welcome_token}", "/welcome/over"),
        "accounts.invitation": (f"/invitations/{site.invitation_token}", "/invitations/over"),
        "accounts.reset_password": (f"/reset-password/{site.welcome_token}",),
        "error_page": tuple(f"/error-page/{status}" for status in STATUSES),
    }
