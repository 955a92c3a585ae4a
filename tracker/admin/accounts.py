"""Accounts: who may log in, and in which role for which country; and who has tried too often."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracker.admin import devices
from tracker.admin.audited import Audited
from tracker.admin.limited import Limited
from tracker.admin.places import page_language
from tracker.admin.sessions import end_sessions
from tracker.admin.site import site
from tracker.admin.versions import ReadOnlyAdmin
from tracker.admin.words import listed
from tracker.models import Appointment, LoginAttempts, Region
from tracker.models.audit import Action
from tracker.models.roles import EVERYWHERE

TAKES_AWAY = {"is_active", "is_superuser"}

SAID_BY_DJANGO = (
    gettext_noop("Reset password"),
    gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
    gettext_noop("Enable password-based authentication for this user by setting a password."),
    gettext_noop("Password-based authentication"),
    gettext_noop("Enabled"),
    gettext_noop("Disabled"),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still "
        "be able to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("Select %s to change"),
    gettext_noop("Add %s"),
    gettext_noop("Change %s"),
    gettext_noop("View %s"),
)
"""What Django says and its own French or Arabic lacks or has wrong; named here, it is in our catalogues."""


class AppointmentForm(forms.ModelForm):
    class Meta:
        fields = ("role", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=gettext_lazy("country"), required=False, choices=self._countries
        )

    def _countries(self) -> list[tuple[str, str]]:
        countries = Region.objects.current().filter(level=0).with_name(page_language()).order_by("name")
        found = [("", _("everywhere")), *countries.values_list("pcode", "name")]
        kept = self.instance.country
        return found if kept in dict(found) else [*found, (kept, kept)]


class PasswordForm(AdminPasswordChangeForm):
    # Django puts its own sentence together on import, in English for good.
    usable_password_help_text = gettext_lazy(  # type: ignore[assignment]  # the stubs want a plain text
        "Whether the account logs in with a password. If it does not, the password that it has now is lost."
    )


class AppointmentInline(admin.StackedInline):
    # In a row of a table the fields would have no labels of their own.
    model = Appointment
    form = AppointmentForm
    fields = (("role", "country"),)
    extra = 0


@admin.register(User, site=site)
class AccountAdmin(Audited, Limited, UserAdmin):
    """An account is closed and never deleted: what somebody wrote stays theirs, and so does the name."""

    list_display = ("username", "full_name", "roles", "is_active", "is_superuser", "has_device", "last_login")
    list_filter = ("is_active", "is_superuser", "appointments__role")
    change_password_form = PasswordForm
    filter_horizontal = ()
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password")}),
        (gettext_lazy("Person"), {"fields": ("first_name", "last_name", "email")}),
        (gettext_lazy("Standing"), {"fields": ("is_active", "is_superuser")}),
        (gettext_lazy("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    inlines = (AppointmentInline,)
    access_fields = frozenset({"is_active", "is_superuser", "appointment"})
    actions = ("take_second_factor_away",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        found = super().get_queryset(request).annotate(with_device=Exists(device))
        return found.prefetch_related("appointments")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Not even the outline of a password is for those who only look."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return ((None, {"fields": ("username",)}), *found[1:])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A name is what reports and the log know somebody by, so it stays."""
        found = super().get_readonly_fields(request, obj)
        return found if obj is None else (*found, "username")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)
        if change and TAKES_AWAY & set(form.changed_data):
            end_sessions(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.deleted_objects or formset.changed_objects:
            end_sessions(formset.instance)

    @admin.action(
        description=gettext_lazy("Take the second factor away (lost device)"), permissions=["change"]
    )
    def take_second_factor_away(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        """Ask first; then the accounts are without device and recovery codes, and logged out."""
        if "sure" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Take the second factor away"),
                "opts": self.opts,
                "accounts": chosen,
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/tracker/second_factor_reset.html", context)
        for account in chosen:
            with transaction.atomic():
                devices.take_away(account)
                end_sessions(account)
                self.audit(request, Action.SECOND_FACTOR_REMOVED, account)
        said = ngettext(
            "%(count)s account has no second factor now.",
            "%(count)s accounts have no second factor now.",
            len(chosen),
        )
        messages.success(request, said % {"count": len(chosen)})
        return None

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: Any) -> str:
        return listed(map(_in_words, user.appointments.all())) or "–"

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def has_device(self, user: Any) -> bool:
        return user.with_device


def _in_words(appointment: Appointment) -> str:
    role = appointment.get_role_display()
    if appointment.country == EVERYWHERE:
        return role
    return _("%(role)s in %(country)s") % {"role": role, "country": appointment.country}


@admin.register(LoginAttempts, site=site)
class LoginAttemptsAdmin(ReadOnlyAdmin):
    """Deleting a row unlocks the account or the address."""

    list_display = ("who", "kind", "count", "locked", "until")
    list_filter = ("kind",)
    search_fields = ("who",)
    actions = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete", obj)

    @admin.display(description=gettext_lazy("locked"), boolean=True)
    def locked(self, attempts: LoginAttempts) -> bool:
        return attempts.is_locked
