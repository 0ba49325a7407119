"""News in words: for the page of updates and for mails, which say the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from booking.rules.news import NewsKind
from booking.wording.translator import gettext


@dataclass(frozen=True)
class NewsWords:
    """The words of one kind of news.

    `sentence` and `title` (the subject of a mail) take what it is about and the cluster, `button`
    is the link of a mail. `endpoint` is the view of its page, which takes the key as `argument`;
    `is_read_there`: opening that page marks it as read.
    """

    sentence: Callable[[str, str], str]
    title: Callable[[str, str], str]
    button: Callable[[], str]
    endpoint: str
    argument: str = "reference"
    is_read_there: bool = True


NEWS_WORDS: Mapping[NewsKind, NewsWords] = MappingProxyType(
    {
        NewsKind.EXPERTISE_NAMED: NewsWords(
            lambda name, cluster: gettext(
                "%(cluster)s would like to show your name with its expertise in %(name)s. You "
                "decide whether it may.",
                cluster=cluster,
                name=name,
            ),
            lambda name, cluster: gettext(
                "%(cluster)s would like to show your name", cluster=cluster
            ),
            lambda: gettext("Decide"),
            "expertise.own",
            argument="key",
            is_read_there=False,
        ),
        NewsKind.EXPERTISE_ASKED: NewsWords(
            lambda name, cluster: gettext(
                "Somebody asks %(cluster)s about its expertise in %(name)s.",
                cluster=cluster,
                name=name,
            ),
            lambda name, cluster: gettext("A question for you: %(name)s", name=name),
            lambda: gettext("Open the question"),
            "expertise.conversation",
        ),
        NewsKind.EXPERTISE_ANSWERED: NewsWords(
            lambda name, cluster: gettext(
                "There is a message about your question on %(name)s to %(cluster)s.",
                cluster=cluster,
                name=name,
            ),
            lambda name, cluster: gettext("A message for you: %(name)s", name=name),
            lambda: gettext("Open the question"),
            "expertise.conversation",
        ),
        NewsKind.PLAN_SUGGESTED: NewsWords(
            lambda name, cluster: gettext(
                "Somebody suggests a facility to %(cluster)s. Take it up as a plan, or drop it.",
                cluster=cluster,
            ),
            lambda name, cluster: gettext(
                "A facility is suggested to %(cluster)s", cluster=cluster
            ),
            lambda: gettext("Open the plan"),
            "plans.show",
        ),
        NewsKind.PLAN_STEP: NewsWords(
            lambda name, cluster: gettext(
                "%(cluster)s took the plan “%(name)s” a step further, or back.",
                cluster=cluster,
                name=name,
            ),
            lambda name, cluster: gettext("A plan has changed: %(name)s", name=name),
            lambda: gettext("Open the plan"),
            "plans.show",
        ),
        NewsKind.PLAN_JOINED: NewsWords(
            lambda name, cluster: gettext(
                "%(cluster)s joins the plan “%(name)s”.", cluster=cluster, name=name
            ),
            lambda name, cluster: gettext("Another cluster joins: %(name)s", name=name),
            lambda: gettext("Open the plan"),
            "plans.show",
        ),
        NewsKind.PLAN_COMMENTED: NewsWords(
            lambda name, cluster: gettext(
                "There is a comment on the plan “%(name)s” of %(cluster)s.",
                name=name,
                cluster=cluster,
            ),
            lambda name, cluster: gettext("A comment on a plan: %(name)s", name=name),
            lambda: gettext("Open the plan"),
            "plans.show",
        ),
        NewsKind.FACILITY_OPENS: NewsWords(
            lambda name, cluster: gettext(
                "%(facility)s of %(cluster)s can be requested now.", facility=name, cluster=cluster
            ),
            lambda name, cluster: gettext("Open now: %(facility)s", facility=name),
            lambda: gettext("Open the facility"),
            "browse.facility",
            argument="slug",
            is_read_there=False,
        ),
    }
)
