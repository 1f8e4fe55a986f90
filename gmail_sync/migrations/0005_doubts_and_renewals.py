from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gmail_sync", "0004_sync_by_pages")]

    operations = [
        migrations.AddField(
            model_name="gmailaccount",
            name="refused_since",
            field=models.DateTimeField(blank=True, help_text="Gmail itself says no, which may pass.", null=True),
        ),
        migrations.AddField(
            model_name="gmailaccount",
            name="refusals",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="gmailwatch",
            name="renewal_failures",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text="In a row."),
        ),
    ]
