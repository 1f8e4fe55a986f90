from django.db import migrations

BATCH = 1000


def take_out_of_the_inbox(apps, schema_editor):
    """Mend rows of an earlier release that are in the trash or in spam, and counted as in the inbox."""
    messages = apps.get_model('gmail_sync', 'Message').objects.using(schema_editor.connection.alias)
    last = 0
    while True:
        rows = list(messages.filter(in_inbox=True, pk__gt=last).order_by('pk').values_list('pk', 'label_ids')[:BATCH])
        if not rows:
            return
        last = rows[-1][0]
        outside = [pk for pk, labels in rows if {'TRASH', 'SPAM'} & set(labels)]
        messages.filter(pk__in=outside).update(in_inbox=False)


class Migration(migrations.Migration):

    atomic = False  # each batch is a transaction of its own: workers write meanwhile; and it may be run again

    dependencies = [
        ('gmail_sync', '0002_worker_heartbeat'),
    ]

    operations = [
        migrations.RunPython(take_out_of_the_inbox, migrations.RunPython.noop),
    ]
