"""Telling people news."""

from collections.abc import Collection
from datetime import datetime

from blinker import Signal

from booking.extensions import db
from booking.news.models import News
from booking.rules.news import NewsKind

#: Sent with `news`, `told_ids` and `now` inside the transaction of the change. Listeners write the
#: notices; an error in one of them undoes it.
news_told = Signal()


def tell(
    kind: NewsKind,
    told_ids: Collection[int],
    now: datetime,
    *,
    name: str,
    key: str,
    cluster_id: int | None = None,
) -> None:
    """Tell these people; call it inside the transaction of what happened.

    `name` and `key` are of what it is about: its name, which everybody who is signed in may know,
    and what its address has.
    """
    if not told_ids:
        return
    news = News(kind=kind, at=now, cluster_id=cluster_id, name=name, key=key)
    db.session.add(news)
    db.session.flush()
    news_told.send(None, news=news, told_ids=sorted(set(told_ids)), now=now)
