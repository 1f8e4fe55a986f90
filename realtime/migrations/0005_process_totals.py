from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("realtime", "0004_renewing")]

    operations = [
        migrations.CreateModel(
            name="ProcessTotals",
            fields=[
                ("id", models.CharField(help_text="Random.", max_length=32, primary_key=True, serialize=False)),
                ("counts", models.JSONField(default=dict, help_text="Counters and histograms, as in a minute's samples.")),
                ("states", models.JSONField(default=dict, help_text="Gauges, likewise.")),
                ("ended", models.BooleanField(default=False, help_text="Nobody writes it any more.")),
                ("written_at", models.DateTimeField()),
            ],
        ),
    ]
