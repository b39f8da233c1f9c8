"""What people may type: each form takes the fields it names and nothing else."""

import re

from django import forms
from django.contrib.auth import get_user_model

from . import access, editing
from .importing import offers, sources
from .importing.pages import MAX_TEXT, MAX_TITLE, clean, one_line
from .models import Deck, Talk
from .models.talk import JOIN_ALPHABET, JOIN_LENGTH

MAX_NOTES = 20_000  # characters a slide
MAX_GUESTS = 200


class TitleForm(forms.ModelForm):
    class Meta:
        model = Deck
        fields = ["title"]
        error_messages = {
            "title": {
                "required": "A deck needs a title.",
                "max_length": "That is %(show_value)d characters; a title has at most %(limit_value)d.",
            }
        }


class NotesForm(forms.Form):
    notes = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_NOTES,
        error_messages={"max_length": "The notes for one slide have at most %(limit_value)d characters."},
    )

    def clean_notes(self):
        return self.cleaned_data["notes"].replace("\r\n", "\n")  # as browsers send the lines of a form


class PairingCodeForm(forms.Form):
    """The six digits that another screen shows, however they are typed."""

    code = forms.CharField(max_length=20)

    def clean_code(self):
        code = re.sub(r"[\s-]", "", self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError("A code has 6 digits.")
        return code


class PairingLinkForm(forms.Form):
    """What a scanned QR code held."""

    link = forms.RegexField(r"[A-Za-z0-9_-]{22}")


class KeysField(forms.CharField):
    """Keys of rows with commas between them."""

    def clean(self, value):
        keys = super().clean(value)
        if not re.fullmatch(r"(\d{1,18}(,\d{1,18})*)?", keys):
            raise forms.ValidationError("These are no slides.")
        return [int(key) for key in keys.split(",") if key]


class OrderForm(forms.Form):
    """The slides of a deck in a new order. `base` is the revision that the page shows."""

    base = forms.IntegerField()
    order = KeysField(required=False)

    def arrange(self, deck, sources):
        return editing.arrange(deck, self.cleaned_data["base"], self.cleaned_data["order"], sources)


class ChangeForm(forms.Form):
    """New facts about some slides; what is not sent stays as it is."""

    base = forms.IntegerField()
    slides = KeysField()
    hidden = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda word: word == "yes", required=False, empty_value=None
    )
    title = forms.CharField(
        required=False,
        max_length=MAX_TITLE,
        error_messages={"max_length": "The title of a slide has at most %(limit_value)d characters."},
    )
    text = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        error_messages={"max_length": "The description of a slide has at most %(limit_value)d characters."},
    )

    def clean_title(self):
        return one_line(self.cleaned_data["title"], MAX_TITLE)

    def clean_text(self):
        return clean(self.cleaned_data["text"])

    def change(self, deck):
        sent = [name for name in ("hidden", "title", "text") if name in self.data]
        facts = {name: self.cleaned_data[name] for name in sent if self.cleaned_data[name] is not None}
        return editing.change(deck, self.cleaned_data["base"], self.cleaned_data["slides"], **facts)


class WrittenForm(forms.Form):
    """The text of a deck."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=sources.MOST,
        error_messages={"max_length": "The text has more than %(limit_value)d characters. Split it, or upload it."},
    )

    @property
    def sentence(self):
        """What is wrong, in one."""
        return next(error for errors in self.errors.values() for error in errors)


class SourceForm(WrittenForm):
    base = forms.CharField(max_length=64)  # the mark of the text that was changed


class GlimpseForm(WrittenForm):
    line = forms.IntegerField(min_value=0, max_value=10_000_000)


class TalkForm(forms.Form):
    """How a talk begins. `names` says who may join a talk for named people: their user names or email addresses."""

    join = forms.ChoiceField(choices=Talk.Join.choices, initial=Talk.Join.ANYONE, required=False)
    names = forms.CharField(required=False, max_length=20_000)
    look_ahead = forms.BooleanField(required=False)
    download = forms.BooleanField(required=False)

    def clean_join(self):
        return self.cleaned_data["join"] or Talk.Join.ANYONE

    def clean(self):
        cleaned = super().clean()
        cleaned["guests"] = []
        if cleaned.get("join") == Talk.Join.NAMED and "names" in cleaned:
            self._find_guests(cleaned)
        return cleaned

    def _find_guests(self, cleaned):
        names = list(dict.fromkeys(re.split(r"[\s,;]+", cleaned["names"].strip(" ,;\t\r\n"))))
        if names == [""]:
            self.add_error("names", "Name the people who may join, or let anyone join.")
            return
        if len(names) > MAX_GUESTS:
            self.add_error("names", f"At most {MAX_GUESTS} people can be named. For more, choose signed-in people.")
            return
        found = {name: _person(name) for name in names}
        unknown = [name for name, person in found.items() if person is None]
        if unknown:
            self.add_error("names", f"Nobody here is called {_listed(unknown)}. Check the spelling.")
        else:
            cleaned["guests"] = list(found.values())

    def choices(self):
        """What `slides.decks.start_talk` takes."""
        return {name: self.cleaned_data[name] for name in ("join", "look_ahead", "download", "guests")}


class CopresenterForm(forms.Form):
    """Somebody who is to present a talk together with `asking`: their user name or email address."""

    name = forms.CharField(max_length=254, error_messages={"required": "Type a user name or an email address."})

    def __init__(self, *args, asking, **kwargs):
        super().__init__(*args, **kwargs)
        self.asking = asking

    def clean_name(self):
        name = self.cleaned_data["name"]
        person = _person(name)
        if person is None:
            raise forms.ValidationError(f"Nobody here is called “{name}”. Check the spelling.")
        if person == self.asking:
            raise forms.ValidationError("That is you.")
        if not access.may_present(person):
            raise forms.ValidationError(f"“{name}” is not a presenter here. An admin can change that.")
        return person


class PlanForm(forms.Form):
    """A time plan with what is skipped because of it, as JSON. `plan` is null, {"kind": "minutes", "minutes": …} or
    {"kind": "until", "at": milliseconds since 1970}, the latter two perhaps with {"sections": {title: minutes}}."""

    plan = forms.JSONField()

    def clean_plan(self):
        found = self.cleaned_data["plan"]
        try:
            skipped = [_whole(number, 1, MAX_SLIDES) for number in found["skipped"][: MAX_SLIDES + 1]]
            revision = found["revision"] and _whole(found["revision"], 1, 2**63 - 1)
            return {"plan": _plan(found["plan"]), "skipped": skipped, "revision": revision}
        except (KeyError, TypeError, AttributeError, ValueError):
            raise forms.ValidationError("no plan") from None


MAX_SLIDES = 5000
MAX_SECTIONS = 200
LONGEST_MINUTES = 8 * 60


def _plan(found):
    if found is None:
        return None
    times = {"minutes": (1, LONGEST_MINUTES), "until": (0, 2**53)}
    field = {"minutes": "minutes", "until": "at"}[found["kind"]]
    plan = {"kind": found["kind"], field: _whole(found[field], *times[found["kind"]])}
    sections = list(found.get("sections", {}).items())[:MAX_SECTIONS]
    if sections:
        plan["sections"] = {str(title)[:200]: _whole(minutes, 0, LONGEST_MINUTES) for title, minutes in sections}
    return plan


def _whole(number, least, most):
    if type(number) is not int or not least <= number <= most:
        raise ValueError(number)
    return number


class DeckFileForm(forms.Form):
    """A deck added in the admin. Only superusers may add one for somebody else."""

    file = forms.FileField(allow_empty_file=True)  # what is wrong with a file the queue says
    title = forms.CharField(required=False, max_length=200, help_text="The file's own title or name when left empty.")
    owner = forms.ModelChoiceField(get_user_model().objects.none())

    def __init__(self, *args, uploader, **kwargs):
        super().__init__(*args, **kwargs)
        takes = offers.offer()
        self.fields["file"].help_text = f"{takes.words}. {takes.lacks}".strip()
        people = get_user_model().objects.filter(is_active=True)
        self.fields["owner"].queryset = people if uploader.is_superuser else people.filter(pk=uploader.pk)
        self.fields["owner"].initial = uploader
        if not uploader.is_superuser:
            self.fields["owner"].disabled = True

    def clean_owner(self):
        owner = self.cleaned_data["owner"]
        if not access.may_present(owner):
            raise forms.ValidationError("This person is not a presenter. Make them one first, in the list of users.")
        return owner


class CodeForm(forms.Form):
    """A join code the way people type it: lower case, spaces and hyphens are all the same."""

    code = forms.CharField(max_length=40)

    def clean_code(self):
        code = re.sub(r"[\s\-–—_.]+", "", self.cleaned_data["code"]).upper()
        if len(code) != JOIN_LENGTH or not set(code) <= set(JOIN_ALPHABET):
            raise forms.ValidationError("no such code")
        return code


def _person(name):
    people = get_user_model().objects.filter(is_active=True)
    exact = people.filter(username=name).first()
    if exact:
        return exact
    alike = list(people.filter(username__iexact=name)[:2]) or list(people.filter(email__iexact=name)[:2])
    return alike[0] if len(alike) == 1 else None


def _listed(names):
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
