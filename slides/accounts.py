"""Signing in and out, and changing one's password."""

from django.contrib.auth import views
from django.urls import path, reverse_lazy

from .sign_in import SignInForm


class SignIn(views.LoginView):
    template_name = "slides/login.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Where the visitor was going; never back to this page, which would send them in a circle."""
        url = super().get_redirect_url()
        return "" if url.partition("?")[0] == self.request.path else url

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=429 if form.too_many else 200)


urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path(
        "password/",
        views.PasswordChangeView.as_view(
            template_name="slides/password.html", success_url=reverse_lazy("password_change_done")
        ),
        name="password_change",
    ),
    path(
        "password/done/",
        views.PasswordChangeDoneView.as_view(template_name="slides/password_done.html"),
        name="password_change_done",
    ),
]
