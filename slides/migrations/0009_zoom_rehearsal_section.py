from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("slides", "0008_slide_file_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="talk",
            name="zoom",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="talk",
            name="rehearsal",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="slide",
            name="section",
            field=models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
    ]
