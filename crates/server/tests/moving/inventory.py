"""An inventory in Django, as teams have one: models with django-simple-history, an audit and a queue of
approvals, in the database of DATABASE (a file for SQLite, or postgres://USER@HOST:PORT/NAME).

    inventory.py begin    makes the tables, people, servers and what happened to them
    inventory.py go-on    a few days later
"""

import datetime
import os
import sys
import types
from urllib.parse import urlsplit

import django
from django.apps import AppConfig, apps
from django.conf import settings


def database():
    told = os.environ["DATABASE"]
    if "://" not in told:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": told}
    url = urlsplit(told)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": url.username,
        "HOST": url.hostname,
        "PORT": url.port,
    }


class Inventory(AppConfig):
    name = "inventory"
    label = "inventory"
    path = os.path.dirname(os.path.abspath(__file__))
    default_auto_field = "django.db.models.AutoField"


application = types.ModuleType("inventory")
application.Inventory = Inventory
sys.modules["inventory"] = application

settings.configure(
    DATABASES={"default": database()},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "simple_history",
        "inventory.Inventory",
    ],
    USE_TZ=True,
    SECRET_KEY="of a test",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from simple_history.models import HistoricalRecords  # noqa: E402


class Word(models.Model):
    name = models.CharField(max_length=50, unique=True)

    class Meta:
        abstract = True
        app_label = "inventory"


def word(name):
    inside = {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "inventory"})}
    return type(name, (Word,), inside)


Component, Dc, Environment, Type, Tag, Group = map(
    word, ["Component", "Dc", "Environment", "Type", "Tag", "Group"]
)


def to(model, **more):
    return models.ForeignKey(model, on_delete=models.CASCADE, **more)


class Machine(models.Model):
    name = models.CharField(max_length=50, unique=True)
    ip = models.GenericIPAddressField(unique=True)
    component = to(Component)
    dc = to(Dc)
    environment = to(Environment)
    type = to(Type, null=True, blank=True)
    state = models.CharField(max_length=10)
    tags = models.ManyToManyField(Tag, blank=True)
    group = to(Group)
    description = models.TextField(null=True, blank=True)
    requestor = to(User, default=1)

    class Meta:
        abstract = True
        app_label = "inventory"


class Server(Machine):
    changed_by = to(User, related_name="changed")
    history = HistoricalRecords()

    class Meta:
        app_label = "inventory"

    @property
    def _history_user(self):
        return self.changed_by


class ServerApproval(Machine):
    action = models.CharField(max_length=10)
    approver = to(User, related_name="approves")
    status = models.CharField(max_length=10)
    datetime = models.DateTimeField()
    comments = models.TextField(null=True, blank=True)

    class Meta:
        app_label = "inventory"


class Audit(models.Model):
    name = models.CharField(max_length=50)
    logs = models.TextField()
    datetime = models.DateTimeField()
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)

    class Meta:
        app_label = "inventory"


class Rack(models.Model):
    """Of which the register knows nothing."""

    label = models.CharField(max_length=10)

    class Meta:
        app_label = "inventory"


def at(day, second=0):
    first = datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.timezone.utc)
    return first + datetime.timedelta(days=day, seconds=second, microseconds=250)


def save(server, day, by, reason=None, second=0):
    server.changed_by = by
    server._history_date = at(day, second)
    server._change_reason = reason
    server.save()
    verb = "Added" if server.history.count() == 1 else "Updated"
    audit(verb, server, day, by)
    return server


def audit(verb, server, day, by):
    Audit.objects.create(name=verb, logs=f"Server {server.name}", datetime=at(day), user=by)


def named(model, name):
    return model.objects.get_or_create(name=name)[0]


def machine(number, **other):
    return {
        "name": f"web{number}",
        "ip": f"10.0.0.{number}",
        "component": named(Component, "web"),
        "dc": named(Dc, "dc-west"),
        "environment": named(Environment, "production"),
        "type": None,
        "state": "Active",
        "group": named(Group, "ops"),
        "description": None,
    } | other


def approval(number, action, status, by, to_whom, day, tags=(), comments=None, **other):
    made = ServerApproval.objects.create(
        **machine(number, **other),
        action=action,
        status=status,
        requestor=by,
        approver=to_whom,
        datetime=at(day),
        comments=comments,
    )
    made.tags.set(named(Tag, tag) for tag in tags)


def begin():
    call_command("migrate", verbosity=0)
    # Its own tables have no migrations: they are made from the models.
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("inventory").get_models():
            editor.create_model(model)
    alice = User.objects.create(
        username="alice", email="alice@example.org", first_name="Alice", last_name="Ämmälä"
    )
    bob = User.objects.create(username="bob", is_active=False)
    User.objects.create(username="system:root")
    Rack.objects.create(label="r1")

    # Three in a second are one commit; then each by itself.
    for number in (1, 2, 3):
        save(Server(**machine(number)), 0, alice, "first rack")
    six = save(Server(**machine(6, ip="2001:db8::6", description="Größe\n=1+1")), 1, bob)
    one = Server.objects.get(name="web1")
    one.tags.set([named(Tag, "ssd"), named(Tag, "row a")])
    one.dc = named(Dc, "dc-east")
    save(one, 2, bob, "moved")
    one.name = "web1-renamed"
    save(one, 3, alice)
    two = Server.objects.get(name="web2")
    two.state, two.type = "Retired", named(Type, "vm")
    save(two, 4, alice)
    three = Server.objects.get(name="web3")
    three._history_date = at(5)
    audit("Deleted", three, 5, bob)
    three.delete()
    # Its address is free again.
    save(Server(**machine(4, ip="10.0.0.3", state="Inactive")), 6, alice)
    # No history tells of it, as of those that were loaded at once.
    Server.objects.bulk_create([Server(**machine(5), changed_by=alice)])
    six.history.filter(history_type="+").update(history_user=None)

    approval(9, "Add", "Pending", alice, bob, 7, tags=["ssd"], comments="for the shop")
    approval(
        1,
        "Update",
        "On Hold",
        bob,
        alice,
        8,
        tags=["raid"],
        name="web1-renamed",
        dc=named(Dc, "dc-east"),
        description="to be seen",
    )
    approval(8, "Add", "Approved", alice, bob, 1)
    approval(2, "Delete", "Pending", alice, alice, 8, state="Retired", type=named(Type, "vm"))


def go_on():
    alice = User.objects.get(username="alice")
    carol = User.objects.create(username="carol")
    one = Server.objects.get(name="web1-renamed")
    one.description = "seen"
    save(one, 10, carol, "later")
    save(Server(**machine(7)), 11, carol)
    Server.objects.get(name="web5").tags.add(named(Tag, "new"))
    ServerApproval.objects.filter(name="web9").update(status="Rejected")
    approval(10, "Add", "Pending", carol, alice, 12)


if __name__ == "__main__":
    {"begin": begin, "go-on": go_on}[sys.argv[1]]()
