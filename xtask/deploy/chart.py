"""Checks the Helm chart with the engine of Helm itself, and what it renders against the schemas of Kubernetes.

    python chart.py CHART PROGRAM

A case is what somebody would set, and what has to come of it, or why it is refused.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml
from helm_python import HelmError
from helm_python.chart import Chart, lint, package

CHART, PROGRAM = sys.argv[1:]
# The oldest that the chart is for, and the newest that there are schemas of.
VERSIONS = ["1.30", "1.37"]
# Kubernetes has no schemas of these: they come with the Prometheus operator.
FOREIGN = {"ServiceMonitor", "PrometheusRule"}

EVERYTHING = {
    "image": {"digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "config": {"http": {"header_limit": "64 KiB", "lenient_filters": False}, "database": {"connections": 1000}},
    "extraConfig": '[[tasks]]\nname = "stale"\nwhat = "report:stale"\nevery = "1d"\ntype = "server"\nuntouched_for = "90d"\n',
    "schema": pathlib.Path("schema/infra.toml").read_text(),
    "existingSecret": {"variables": {"DOMESDAY_MAIL__PASSWORD": "mail-password"}},
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "extraVolumes": [{"name": "authorities", "configMap": {"name": "authorities"}}],
    "extraVolumeMounts": [{"name": "authorities", "mountPath": "/etc/authorities", "readOnly": True}],
    "service": {"annotations": {"example.org/a": "b"}},
    "ingress": {"enabled": True},
    "autoscaling": {"enabled": True},
    "networkPolicy": {"ingressFrom": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]},
    "serviceAccount": {"name": "register", "annotations": {"example.org/role": "x"}},
    "podAnnotations": {"example.org/a": "b"},
    "podLabels": {"tier": "data"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "priorityClassName": "high",
    "metrics": {"serviceMonitor": {"enabled": True, "labels": {"a": "b"}}, "prometheusRule": {"enabled": True}},
}
FROM_A_SECRET = {"existingConfigSecret": {"name": "domesday-toml"}, "podDisruptionBudget": {"enabled": False}}
LEAST = {"serviceAccount": {"create": False}, "networkPolicy": {"enabled": False}, "ingress": {"enabled": True, "tlsSecret": "", "annotations": {}}}

# What the refusal names beside the values.
REFUSED = {
    "a password": ({"config": {"mail": {"password": "x"}}}, "/config/mail"),
    "an address with a password": ({"config": {"database": {"url": "postgres://a:b@c/d"}}}, "/config/database"),
    "a moving image": ({"image": {"tag": "latest"}}, "/image/tag"),
    "a misspelt value": ({"replica": 3}, "'replica'"),
    "no replica": ({"replicas": 0}, "/replicas"),
    "no variable of ours": ({"existingSecret": {"variables": {"PGPASSWORD": "x"}}}, "PGPASSWORD"),
    "two schemas": ({"schema": "[types]", "config": {"schema": {"file": "x"}}}, "leave one out"),
}


def documents(values):
    """What is rendered: each object."""
    with Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="try", namespace="infra")
    texts = [text for name, text in files.items() if name.endswith(".yaml") and text.strip()]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def of_kind(objects, kind):
    return next((one for one in objects if one["kind"] == kind), None)


def check_objects(objects):
    """They fit the schemas of Kubernetes, strictly, and each other."""
    for one in objects:
        if one["kind"] not in FOREIGN:
            for version in VERSIONS:
                kubernetes_validate.validate(one, version, strict=True)
        assert one["metadata"]["namespace"] == "infra", one["kind"]
    pod = of_kind(objects, "Deployment")["spec"]["template"]
    for selector in [
        of_kind(objects, "Service")["spec"]["selector"],
        of_kind(objects, "Deployment")["spec"]["selector"]["matchLabels"],
    ]:
        assert selector.items() <= pod["metadata"]["labels"].items(), selector
    check_restricted(pod["spec"])


def check_restricted(pod):
    """The restricted profile of the pod security standards, and no more than that needs."""
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    security = container["securityContext"]
    assert not security["allowPrivilegeEscalation"] and security["readOnlyRootFilesystem"]
    assert security["capabilities"]["drop"] == ["ALL"]
    # 25 seconds are what Domesday takes at most to finish what is in flight.
    assert not pod["automountServiceAccountToken"] and pod["terminationGracePeriodSeconds"] > 25
    probes = {name: container[name]["httpGet"]["path"] for name in ["startupProbe", "livenessProbe", "readinessProbe"]}
    assert probes == {"startupProbe": "/readyz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}, probes


def settings(objects):
    """What the program makes of the configuration that the pods would have."""
    files = of_kind(objects, "ConfigMap")["data"]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            pathlib.Path(folder, name).write_text(text)
        text = files["domesday.toml"].replace("/etc/domesday", folder)
        pathlib.Path(folder, "domesday.toml").write_text(text)
        container = of_kind(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        variables = {one["name"]: one.get("value", "x") for one in container["env"]}
        variables |= {"DOMESDAY_CONFIG": f"{folder}/domesday.toml", "DOMESDAY_DATABASE__URL": f"sqlite:{folder}/x.sqlite3"}

        def run(*arguments):
            return subprocess.run([PROGRAM, *arguments], env=os.environ | variables, check=True, capture_output=True, text=True)

        if "schema.toml" in files:
            run("schema", "check")
        return json.loads(run("config", "show", "--json").stdout)


def check_default(objects):
    assert of_kind(objects, "Deployment")["spec"]["replicas"] == 2
    assert of_kind(objects, "PodDisruptionBudget") and not of_kind(objects, "Ingress")
    found = settings(objects)
    assert found["http.listen"]["value"] == "0.0.0.0:8080", found["http.listen"]
    assert found["database.connections"]["value"] == "16"
    assert found["log.format"]["value"] == "json"


def check_everything(objects):
    assert "replicas" not in of_kind(objects, "Deployment")["spec"] and of_kind(objects, "HorizontalPodAutoscaler")
    container = of_kind(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"].endswith("@sha256:" + "0" * 64)
    for variable in container["env"]:
        if variable["name"] in ["DOMESDAY_DATABASE__URL", "DOMESDAY_MAIL__PASSWORD"]:
            assert variable["valueFrom"]["secretKeyRef"]["name"] == "domesday"
    ingress = of_kind(objects, "Ingress")
    assert ingress["spec"]["tls"][0]["secretName"] == "domesday-tls"
    rules = of_kind(objects, "PrometheusRule")["spec"]["groups"][0]["rules"]
    assert "{{ $labels.source }}" in json.dumps(rules)
    found = settings(objects)
    assert found["http.lenient_filters"]["value"] == "false" and found["database.connections"]["value"] == "1000"
    assert found["schema.file"]["value"].endswith("/schema.toml")


def check_from_a_secret(objects):
    assert "data" not in of_kind(objects, "ConfigMap") and not of_kind(objects, "PodDisruptionBudget")
    volumes = of_kind(objects, "Deployment")["spec"]["template"]["spec"]["volumes"]
    secret = volumes[0]["projected"]["sources"][1]["secret"]
    assert secret == {"name": "domesday-toml", "items": [{"key": "domesday.toml", "path": "domesday.toml"}]}


def check_least(objects):
    assert not of_kind(objects, "ServiceAccount") and not of_kind(objects, "NetworkPolicy")
    assert "tls" not in of_kind(objects, "Ingress")["spec"]


def check_lint(values):
    report = lint(CHART, values, strict=True, kube_version="v1.30.0")
    assert not report["errors"] and all(one["severity"] < 2 for one in report["messages"]), report


def check_refused(case):
    values, told = case
    try:
        documents(values)
    except HelmError as error:
        assert told in str(error), error
    else:
        raise AssertionError("it is taken")


def check_package(_):
    with tempfile.TemporaryDirectory() as folder, Chart.load(package(CHART, destination=folder)) as chart:
        assert chart.name == "domesday"


def cases():
    for name, values, check in [
        ("default", {}, check_default),
        ("everything", EVERYTHING, check_everything),
        ("from a secret", FROM_A_SECRET, check_from_a_secret),
        ("least", LEAST, check_least),
    ]:
        yield f"{name} has no lint", check_lint, values
        yield f"{name} fits Kubernetes", lambda values: check_objects(documents(values)), values
        yield f"{name} is as asked for", lambda values, check=check: check(documents(values)), values
    for name, case in REFUSED.items():
        yield f"refused: {name}", check_refused, case
    yield "it can be packed", check_package, None


def main():
    failed = 0
    for name, check, values in cases():
        try:
            check(values)
            print(f"chart: {name} ... ok")
        except Exception as error:  # noqa: BLE001: each case is told
            failed += 1
            told = str(error).splitlines() or [""]
            print(f"chart: {name} ... FAILED: {type(error).__name__}: {told[0]}")
    sys.exit(failed > 0)


main()
