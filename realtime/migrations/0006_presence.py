import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0005_process_totals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Viewer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client", models.CharField(help_text="The page's own random name, one for each room that it shows.", max_length=32)),
                ("session", models.CharField(help_text="A keyed hash of its session's key.", max_length=16)),
                ("room", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=10)),
                ("seen_until", models.DateTimeField(db_index=True)),
                ("user", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="viewers", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "client"), name="one_row_per_user_and_client")],
            },
        ),
        migrations.CreateModel(
            name="HiddenUser",
            fields=[
                ("user", models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
