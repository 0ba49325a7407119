"""The rule that confirms requests at once, in words."""

from booking.rules.automatic_confirmation import AutomaticRule
from booking.wording import formats
from booking.wording.terms import automatic_for_word
from booking.wording.translator import gettext, ngettext


def automatic_rule_text(rule: AutomaticRule) -> str:
    """Return a rule in short: `everyone · up to 4 hours · without hazards`."""
    parts = [automatic_for_word(rule.for_whom)]
    if rule.maximum_units is not None:
        length = formats.units(rule.maximum_units, rule.unit)
        parts.append(gettext("up to %(length)s", length=length))
    if rule.notice_days:
        parts.append(
            ngettext("at least %(num)s day ahead", "at least %(num)s days ahead", rule.notice_days)
        )
    parts.append(gettext("without hazards"))
    return formats.listed(parts)
