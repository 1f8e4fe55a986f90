from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0007_relay"),
    ]

    operations = [
        migrations.AddField(
            model_name="viewer",
            name="inner",
            field=models.CharField(db_default="", default="", help_text="The room within it that it shows.", max_length=100),
        ),
    ]
