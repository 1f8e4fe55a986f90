from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gmail_sync', '0003_outside_inbox'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='sender_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='message',
            name='sender_address',
            field=models.CharField(blank=True, db_default='', default='', max_length=320),
        ),
    ]
