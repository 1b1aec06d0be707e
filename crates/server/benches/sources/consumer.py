"""A faithful consumer: each message is looked up and saved by Django's ORM, in a transaction of its own.

consumer.py BROKER TOPIC DATABASE COUNT prints how many messages it takes in a second.
"""

import json
import sys
import time
from urllib.parse import urlparse

import django
from django.conf import settings
from kafka import KafkaConsumer

broker, topic, database, count = sys.argv[1:5]
count = int(count)

if database.startswith("sqlite:"):
    connection = {"ENGINE": "django.db.backends.sqlite3", "NAME": database.removeprefix("sqlite:")}
else:
    url = urlparse(database)
    connection = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "PASSWORD": url.password or "",
        "HOST": url.hostname,
        "PORT": url.port or 5432,
    }
settings.configure(DATABASES={"default": connection}, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.db import connection as opened  # noqa: E402
from django.db import models  # noqa: E402


class Host(models.Model):
    name = models.CharField(max_length=200, unique=True)
    note = models.CharField(max_length=200)
    count = models.IntegerField()

    class Meta:
        app_label = "bench"
        db_table = "python_bench_host"


with opened.schema_editor() as editor:
    editor.create_model(Host)

consumer = KafkaConsumer(
    topic,
    bootstrap_servers=broker,
    group_id=f"python-{topic}",
    auto_offset_reset="earliest",
    value_deserializer=json.loads,
)
taken, begun = 0, None
for message in consumer:
    begun = begun or time.monotonic()
    said = message.value
    Host.objects.update_or_create(
        name=said["name"], defaults={"note": said["note"], "count": said["count"]}
    )
    taken += 1
    if taken == count:
        break
print(count / (time.monotonic() - begun))
with opened.schema_editor() as editor:
    editor.delete_model(Host)
consumer.close(autocommit=False)
