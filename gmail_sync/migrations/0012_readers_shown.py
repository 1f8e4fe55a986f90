from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gmail_sync", "0011_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="gmailaccount",
            name="shows_readers",
            field=models.BooleanField(db_default=False, default=False, help_text="Members are told who of them reads which conversation."),
        ),
    ]
