"""Files for deployment: existing commands and settings, probes, pinned images."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import yaml
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from mp4totext import migrations
from mp4totext.cli import main
from mp4totext.kit.db import Database
from mp4totext.kit.queue_names import QUEUES
from mp4totext.settings import Settings

ROOT = Path(__file__).parent.parent
K8S = ROOT / "deploy" / "k8s"
SETTINGS = {
    name.upper()
    for group in Settings.model_fields.values()
    for name in group.annotation.model_fields  # type: ignore[union-attr]  # all are groups
}
# Read by others: Flower, KEDA, and the probe's own shell.
OTHERS = {"FLOWER_BASIC_AUTH", "KEDA_DATABASE_URL", "NODE_NAME"}
PROMTOOL = shutil.which("promtool")


# A metric that was never counted has no samples, whose names these would be.
ENDINGS = {
    "gauge": ("",),
    "counter": ("_total",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("_count", "_sum"),
}


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def ours() -> dict[str, Any]:
    """The services of the compose file that run this product's image."""
    return {n: s for n, s in compose()["services"].items() if "mp4totext" in s.get("image", "")}


def manifests() -> Iterator[dict[str, Any]]:
    for path in sorted(K8S.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text())


def cluster_settings() -> dict[str, str]:
    """What is set in the ConfigMap that Kustomize makes."""
    text = (K8S / "settings.env").read_text()
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


def secret() -> dict[str, str]:
    (found,) = [item["stringData"] for item in manifests() if item["kind"] == "Secret"]
    return dict(found)


def pods() -> dict[str, dict[str, Any]]:
    """Every pod's specification by the name of what makes it."""
    return {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]
        for item in manifests()
        if item["kind"] in ("Deployment", "Job")
    }


def refuse_unknown(command: list[str]) -> None:
    """Raises when the command line would be refused, or names a queue there is not."""
    if command[0] == "celery":
        assert command[1:4] == ["-A", "mp4totext.worker", "flower"]
        return
    assert command[0] == "mp4totext"
    context = main.make_context("mp4totext", command[1:2], resilient_parsing=True)
    step: click.Command = main
    rest = command[1:]
    while isinstance(step, click.Group):
        found = step.get_command(context, rest[0])
        assert found is not None, command
        step, rest = found, rest[1:]
    step.make_context(step.name or "", list(rest))
    for option, value in pairwise(rest):
        if option == "--queues":
            assert set(value.split(",")) <= set(QUEUES)


def served(commands: list[list[str]]) -> set[str]:
    """Queues somebody takes jobs from."""
    found: set[str] = set()
    for command in commands:
        if command[:2] == ["mp4totext", "worker"]:
            at = command.index("--queues") + 1 if "--queues" in command else None
            found |= set(command[at].split(",")) if at else set(QUEUES)
    return found


@pytest.mark.parametrize("name", list(ours()))
def test_compose_starts_commands_that_exist(name: str) -> None:
    refuse_unknown(ours()[name]["command"])


@pytest.mark.parametrize("name", list(pods()))
def test_kubernetes_starts_commands_that_exist(name: str) -> None:
    for container in pods()[name]["containers"]:
        refuse_unknown(container["command"])


def test_every_queue_is_served() -> None:
    assert served([service["command"] for service in ours().values()]) == set(QUEUES)
    commands = [c["command"] for pod in pods().values() for c in pod["containers"]]
    assert served(commands) == set(QUEUES)


def test_every_variable_is_a_setting() -> None:
    names = {name for service in ours().values() for name in service["environment"]}
    names |= set(cluster_settings()) | set(secret())
    for pod in pods().values():
        names |= {entry["name"] for c in pod["containers"] for entry in c.get("env", [])}
    assert names <= SETTINGS | OTHERS, names - SETTINGS - OTHERS


def test_compose_hands_every_setting_of_the_env_file_over() -> None:
    """All but its own business: where its servers and folders are."""
    pinned = {
        "APP_ENV", "DATA_DIR", "MODELS_DIR", "HOST", "PORT", "METRICS_PORT", "LOG_FORMAT",
        "SECRET_KEY", "DATABASE_URL", "REDIS_HOST", "REDIS_PASSWORD", "MINIO_ENDPOINT",
        "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "MINIO_BUCKET", "S3_PUBLIC_ENDPOINT",
        "FORWARDED_ALLOW_IPS", "WORKER_CONCURRENCY", "JOB_DRAIN_S",
    }  # fmt: skip
    for name, service in ours().items():
        assert service["env_file"] == ".env", name
        assert set(service["environment"]) - OTHERS <= pinned, name


def test_the_cluster_knows_every_setting_in_the_right_place() -> None:
    listed = re.findall(r"^#?(\w+)=", (K8S / "settings.env").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) | set(secret()) - OTHERS == SETTINGS
    assert not set(listed) & set(secret())
    kustomization = yaml.safe_load((K8S / "kustomization.yaml").read_text())
    assert kustomization["configMapGenerator"] == [{"name": "mp4totext", "envs": ["settings.env"]}]
    for pod in pods().values():
        (container,) = pod["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "mp4totext"}}]


def test_secrets_are_files_in_the_cluster() -> None:
    folder = cluster_settings()["SECRETS_DIR"]
    for name, pod in pods().items():
        mounts = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
        assert mounts["secrets"]["mountPath"] == folder, name
        assert mounts["secrets"]["readOnly"] is True
        (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "secrets"]
        assert volume["secret"] == {"secretName": "mp4totext", "defaultMode": 0o440}


def test_metrics_have_a_port_that_only_prometheus_reaches() -> None:
    port = int(cluster_settings()["METRICS_PORT"])
    opened = {
        name
        for name, pod in pods().items()
        for given in pod["containers"][0].get("ports", [])
        if given == {"name": "metrics", "containerPort": port}
    }
    assert opened == {"api", "worker", "worker-gpu", "worker-live", "worker-network"}
    policies = {
        item["metadata"]["name"]: item["spec"]
        for item in manifests()
        if item["kind"] == "NetworkPolicy"
    }
    everybody = {"matchLabels": {"app": "mp4totext"}}
    assert policies["nobody"] == {"podSelector": everybody, "policyTypes": ["Ingress"]}
    ports = {name: [p["port"] for rule in spec.get("ingress", []) for p in rule["ports"]]
             for name, spec in policies.items()}  # fmt: skip
    assert ports == {"nobody": [], "api": ["http"], "metrics": ["metrics"]}
    scraped = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())["scrape_configs"]
    asked = {
        host: where["port"]
        for job in scraped
        for where in job.get("dns_sd_configs", [])
        for host in where["names"]
    }
    counting = {n for n, s in ours().items() if s["command"][:2] != ["mp4totext", "db"]} - {
        "flower"
    }
    assert asked == dict.fromkeys(counting, int(ours()["api"]["environment"]["METRICS_PORT"]))


def test_the_ingress_serves_every_route() -> None:
    (ingress,) = [item["spec"] for item in manifests() if item["kind"] == "Ingress"]
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert rule["host"] == cluster_settings()["PUBLIC_HOSTS"]


def test_the_image_has_the_clients_of_all_vendors() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "-r requirements/image.txt" in dockerfile
    assert "!requirements/image.txt" in (ROOT / ".dockerignore").read_text()
    lock = (ROOT / "requirements" / "image.txt").read_text()
    vendors = ("openai", "groq", "google-genai", "assemblyai", "modal", "tavily-python")
    for name in (*vendors, "psycopg"):
        assert re.search(rf"^{name}==", lock, re.MULTILINE), name
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    run = (ROOT / "requirements" / "run.txt").read_text()
    assert dict(re.findall(r"^([\w.-]+)==(\S+)", run, re.MULTILINE)).items() <= pinned.items()


def test_only_the_proxy_is_believed() -> None:
    """Its own address, and every dynamic one lies elsewhere."""
    proxy = compose()["services"]["proxy"]["networks"]["default"]["ipv4_address"]
    (network,) = compose()["networks"]["default"]["ipam"]["config"]
    assert ip_address(proxy) in ip_network(network["subnet"])
    assert ip_address(proxy) not in ip_network(network["ip_range"])
    for service in ours().values():
        assert service["environment"]["FORWARDED_ALLOW_IPS"] == proxy
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text


def test_secrets_have_no_default() -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in re.findall(r"\$\{(\w*(?:SECRET|PASSWORD|AUTH)\w*)", text):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
    for name, value in secret().items():
        assert value == "" or "PASSWORD@" in value, name


def test_only_models_are_shared_on_disk() -> None:
    for name, service in ours().items():
        assert service["volumes"] == ["models:/models"], name
        assert service["environment"]["MODELS_DIR"] == "/models"
    assert cluster_settings()["MODELS_DIR"] == "/models"
    for name, pod in pods().items():
        kinds = {volume["name"]: set(volume) - {"name"} for volume in pod["volumes"]}
        shared = {volume for volume, kind in kinds.items() if kind == {"persistentVolumeClaim"}}
        assert shared == (set() if name in ("flower", "migrate") else {"models"}), name
        assert all(
            kinds[volume] == {"emptyDir"} for volume in kinds.keys() - {"models", "secrets"}
        ), name
    (claim,) = [item for item in manifests() if item["kind"] == "PersistentVolumeClaim"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert "/models" in (ROOT / "Dockerfile").read_text()


def test_images_are_pinned() -> None:
    for service in compose()["services"].values():
        assert re.search(r":(?!latest)[\w.-]+$", service["image"]), service["image"]
    froms = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(":" in image or image in ("build", "base") for image in froms)


def test_compose_waits_for_what_it_needs() -> None:
    services = compose()["services"]
    for name, service in services.items():
        needed = service.get("depends_on", {})
        assert set(needed) <= set(services), name
        if isinstance(needed, dict):
            for other, how in needed.items():
                if how["condition"] == "service_healthy":
                    checked = services[other].get("healthcheck") or services[other]["image"]
                    assert checked, other
    assert services["api"]["deploy"]["replicas"] == 2


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_workers_have_time_to_hand_back() -> None:
    for service in ours().values():
        if "worker" in service["command"]:
            drain = float(service["environment"]["JOB_DRAIN_S"])
            assert seconds(service["stop_grace_period"]) > drain + 10
    for pod in pods().values():
        container = pod["containers"][0]
        if "worker" in container["command"]:
            drain = next(float(e["value"]) for e in container["env"] if e["name"] == "JOB_DRAIN_S")
            assert pod["terminationGracePeriodSeconds"] > drain + 10


def test_pods_are_probed_limited_and_unprivileged() -> None:
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["resources"]["limits"]["memory"]
            assert name == "migrate" or {"livenessProbe", "readinessProbe"} & set(container)


def test_probes_ask_paths_that_answer(client: TestClient) -> None:
    port = Settings().app.port
    for pod in pods().values():
        for container in pod["containers"]:
            if container["name"] != "api":
                continue
            assert container["ports"][0]["containerPort"] == port
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                assert client.get(container[probe]["httpGet"]["path"]).status_code == 200
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"127.0.0.1:{port}/health" in dockerfile
    assert "USER 10001" in dockerfile


def test_selectors_find_their_pods() -> None:
    for item in manifests():
        if item["kind"] == "Deployment":
            wanted = item["spec"]["selector"]["matchLabels"].items()
            assert wanted <= item["spec"]["template"]["metadata"]["labels"].items()
    made = {item["metadata"]["name"] for item in manifests() if item["kind"] == "Deployment"}
    for item in manifests():
        if item["kind"] in ("ScaledObject", "HorizontalPodAutoscaler"):
            assert item["spec"]["scaleTargetRef"]["name"] in made
    kept = yaml.safe_load((K8S / "kustomization.yaml").read_text())["resources"]
    assert sorted(kept) == sorted(
        path.name for path in K8S.glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_the_autoscalers_question_can_be_asked(postgres_url: str) -> None:
    database = Database(postgres_url)
    migrations.upgrade(database)
    database.close()
    address = make_url(postgres_url).set(drivername="postgresql")
    questions = [
        trigger["metadata"]["query"]
        for item in manifests()
        if item["kind"] == "ScaledObject"
        for trigger in item["spec"]["triggers"]
    ]
    assert len(questions) == 2
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        for question in questions:
            assert connection.execute(question).fetchone() == (0,)


def test_dashboard_and_alerts_ask_for_metrics_there_are(client: TestClient) -> None:
    client.get("/health")  # counts itself
    families: list[Metric] = list(text_string_to_metric_families(client.get("/metrics").text))
    known = {f"{family.name}{end}" for family in families for end in ENDINGS[family.type]}
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/mp4totext.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())
    asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    for question in asked:
        names = set(re.findall(r"mp4totext_\w+", question.replace("mp4totext-api", "")))
        assert names <= known, (question, names - known)


def test_every_metric_of_ours_is_on_the_dashboard(client: TestClient) -> None:
    text = client.get("/metrics").text
    names = set(re.findall(r"^# TYPE (mp4totext_\w+)", text, re.MULTILINE))
    shown = (ROOT / "deploy/grafana/dashboards/mp4totext.json").read_text()
    beside = {name for name in names if name.endswith("_created")}  # when counting began
    assert {name for name in names - beside if name not in shown} == set()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")
def test_alerts_fire_when_they_should_and_only_then() -> None:
    assert PROMTOOL is not None
    for arguments in (
        ("test", "rules", "deploy/alerts.test.yml"),
        ("check", "rules", "deploy/alerts.yml"),
        ("check", "config", "--syntax-only", "deploy/prometheus.yml"),
    ):
        done = subprocess.run(
            [PROMTOOL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
