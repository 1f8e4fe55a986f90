from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("realtime", "0003_process_pulse")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="renewing_until",
            field=models.DateTimeField(help_text="While a process renews all epochs.", null=True),
        ),
    ]
