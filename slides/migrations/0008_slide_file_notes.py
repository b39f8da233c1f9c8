from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("slides", "0007_upload"),
    ]

    operations = [
        migrations.AddField(
            model_name="slide",
            name="file_notes",
            field=models.TextField(blank=True, editable=False, null=True),
        ),
    ]
