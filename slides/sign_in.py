"""The form that takes a name and a password, with an end to guessing. The site's pages and the admin share it."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from .live import limits


class _Guarded:
    too_many = False

    def clean(self):
        came_from, name = limits.address_of(self.request), self.cleaned_data.get("username", "")
        if not limits.passwords.may_try(came_from, name):
            self.too_many = True  # said before the password is looked at: a right one gets the same answer
            raise ValidationError("Too many tries.", code="too_many")
        try:
            return super().clean()
        except ValidationError:
            limits.passwords.was_wrong(came_from, name)
            raise


class SignInForm(_Guarded, AuthenticationForm):
    pass


class AdminSignInForm(_Guarded, AdminAuthenticationForm):
    pass
