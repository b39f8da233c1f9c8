"""Pages that say what went wrong."""

from django.shortcuts import render


def csrf_failure(request, reason=""):
    return render(request, "slides/csrf.html", status=403)
