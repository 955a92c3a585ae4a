"""Django's icons of yes and no, with words for who does not see them."""

from __future__ import annotations

from django.contrib.admin.templatetags import admin_list
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext


def boolean_icon(value: bool | None) -> SafeString:
    """The picture, with yes, no or unknown in the language of the page."""
    name, words = {
        True: ("yes", gettext("Yes")),
        False: ("no", gettext("No")),
        None: ("unknown", gettext("Unknown")),
    }[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), words)


# Django's own says True and False, in English for good; every list and page takes it from there.
admin_list._boolean_icon = boolean_icon  # type: ignore[attr-defined]  # not in the stubs
