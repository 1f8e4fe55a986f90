import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("realtime", "0006_presence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="eventstream",
            name="relay_secret",
            field=models.CharField(db_default="", default="", editable=False, help_text="Of the user's topic at Supabase.", max_length=32),
        ),
        migrations.AddField(
            model_name="eventstream",
            name="relayed_until",
            field=models.DateTimeField(editable=False, help_text="Until then somebody listens there.", null=True),
        ),
        migrations.CreateModel(
            name="Rollout",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("stage", models.CharField(choices=[("off", "off: nothing is sent"), ("shadow", "shadow: sent and compared, no page listens"), ("on", "on: pages listen")], default="off", max_length=10)),
                ("percent", models.PositiveSmallIntegerField(default=0, help_text="Of all users; raising it adds, lowering removes.", validators=[django.core.validators.MaxValueValidator(100)])),
                ("groups", models.ManyToManyField(blank=True, db_constraint=False, related_name="+", to="auth.group")),
                ("users", models.ManyToManyField(blank=True, db_constraint=False, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name_plural": "rollout",
            },
        ),
    ]
