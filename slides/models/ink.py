"""What is written and drawn on the slides of a talk."""

from django.db import models

from .talk import Device, Talk


class Stroke(models.Model):
    """One line, from pen-down to pen-up. It is never changed, only hidden and shown again."""

    class Tool(models.TextChoices):
        PEN = "pen"
        HIGHLIGHTER = "highlighter"

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="strokes")
    key = models.CharField(max_length=36)  # random, made by the device, so that a stroke sent twice is one
    slide = models.PositiveIntegerField(null=True)  # as the talk counts them today; null: that slide is gone
    sheet = models.PositiveSmallIntegerField(default=0)  # 0 is the slide itself, 1 and up are blank sheets over it
    tool = models.CharField(max_length=12, choices=Tool.choices)
    colour = models.CharField(max_length=12)
    width = models.PositiveSmallIntegerField()
    points = models.JSONField()  # x, y and pressure, one after the other, as they came over the wire
    hidden = models.BooleanField(default=False)  # undone, rubbed out or cleared

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["talk", "key"], name="stroke_keys_do_not_repeat_in_a_talk")]
        indexes = [models.Index(fields=["talk", "slide"], name="strokes_of_a_slide")]

    def __str__(self):
        return self.key


class InkChange(models.Model):
    """One thing that a device did to a talk's ink: the replay log, and the memory that makes doing it idempotent."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="ink_changes")
    version = models.PositiveBigIntegerField()  # what `Talk.ink` became
    device = models.ForeignKey(Device, models.CASCADE, null=True, related_name="+")
    ref = models.PositiveBigIntegerField(null=True)  # the device's own number of the change
    kind = models.CharField(max_length=12)  # "ink.add", "ink.hide", "ink.show"
    keys = models.JSONField()  # of the strokes
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "version"], name="talk_has_each_ink_version_once"),
            models.UniqueConstraint(fields=["talk", "device", "ref"], name="device_changes_ink_once_a_ref"),
        ]

    def __str__(self):
        return f"{self.kind} ({self.version})"
