"""All pages of owners, on their blueprint."""

from booking.manage import views
from booking.manage.announcements import views as announcements_views
from booking.manage.arrival import views as arrival_views
from booking.manage.automatic import views as automatic_views
from booking.manage.blueprint import blueprint
from booking.manage.closures import views as closures_views
from booking.manage.cluster import views as cluster_views
from booking.manage.completeness import views as completeness_views
from booking.manage.conditions import views as conditions_views
from booking.manage.corrections import views as corrections_views
from booking.manage.facts import views as facts_views
from booking.manage.files import views as files_views
from booking.manage.hours import special_day_views as hours_special_day_views
from booking.manage.hours import views as hours_views
from booking.manage.hours import week_views as hours_week_views
from booking.manage.new_facilities import views as new_facilities_views
from booking.manage.people import role_views
from booking.manage.people import views as people_views
from booking.manage.proposals import views as proposals_views
from booking.manage.quotas import views as quotas_views
from booking.manage.replies import views as replies_views
from booking.manage.second_factor import views as second_factor_views
from booking.manage.set_aside import views as set_aside_views
from booking.manage.status import views as status_views
from booking.manage.terms import views as terms_views

__all__ = [
    "announcements_views",
    "arrival_views",
    "automatic_views",
    "blueprint",
    "closures_views",
    "cluster_views",
    "completeness_views",
    "conditions_views",
    "corrections_views",
    "facts_views",
    "files_views",
    "hours_special_day_views",
    "hours_views",
    "hours_week_views",
    "new_facilities_views",
    "people_views",
    "proposals_views",
    "quotas_views",
    "replies_views",
    "role_views",
    "second_factor_views",
    "set_aside_views",
    "status_views",
    "terms_views",
    "views",
]
