"""Pieces of the pages: addresses, links, pictures and badges."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html


def moment_words(moment):
    return date_format(timezone.localtime(moment), "j M Y, H:i")


def thumb(slide):
    if slide is None or not slide.pictures:
        return format_html('<span class="{}"></span>', "thumb")
    img = '<img class="thumb" src="{}" width="96" height="54" alt="Slide {}" loading="lazy">'
    return format_html(img, slide.thumb_url, slide.number)


def badge(text, kinds):
    return format_html('<span class="badge" data-kind="{}">{}</span>', kinds.get(text, ""), text)


def list_url(model):
    return reverse(f"admin:slides_{model}_changelist")


def change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(row):
    return format_html('<a href="{}">{}</a>', change_url(row), row)
