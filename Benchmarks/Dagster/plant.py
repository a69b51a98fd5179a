# SPDX-License-Identifier: Apache-2.0
"""A Dagster deployment that is thrown away: a code server, a webserver, where asked for the daemon, and durable storage."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from processes import Child, wait_until

BIN = Path(sys.executable).parent
DEFINITIONS = Path(__file__).with_name("definitions.py")
LOCATION = "bench"
# How long anything may take before the benchmark gives up.
PATIENCE_SECONDS = 3_600
START_PATIENCE_SECONDS = 600
# Runs at once through the queue: the default of Dagster 1.13.
CONCURRENT_RUNS = 10

IN_PROCESS = {"execution": {"config": {"in_process": {}}}}
FINAL = ("SUCCESS", "FAILURE", "CANCELED")

LAUNCH = """
mutation($list: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $list) { __typename
  ... on LaunchMultipleRunsResult { launchMultipleRunsResult { __typename
    ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } ... on InvalidSubsetError { message } } }
  ... on PythonError { message } } }
"""
ENTRIES = """
{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename
  ... on RepositoryLocation { repositories { assetNodes { id } } } } } } } }
"""
RELOAD = """
mutation { reloadRepositoryLocation(repositoryLocationName: "%s") { __typename } }
""" % LOCATION


class Plant:
    def __init__(self, options, queued=False, daemon=False):
        self.options = options
        self.directory = Path(tempfile.mkdtemp(prefix="dagster-benchmark-"))
        self.home = self.directory / "home"
        self.children = {}
        self.environment = os.environ | {
            "DAGSTER_HOME": str(self.home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "BENCHMARK_ASSETS": str(options.assets),
            "BENCHMARK_SHAPE": options.shape,
            "BENCHMARK_WIDTH": str(options.width),
            "BENCHMARK_CHECKS": str(options.checks),
        }
        try:
            self._configure(queued)
            self.start_code()
            self.start("webserver", "dagster-webserver", "-h", "127.0.0.1", "-p", str(options.port), "-w", "workspace.yaml")
            self.wait_until_loaded()
            if queued or daemon:
                self.start("daemon", "dagster-daemon", "run", "-w", "workspace.yaml")
        except BaseException:
            self.stop(keep=True)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop(keep=kind is not None)

    def stop(self, keep=False):
        for child in self.children.values():
            child.stop()
        if keep:
            print(f"what the processes said is in {self.directory}", file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    # Starting

    def _configure(self, queued):
        self.home.mkdir()
        lines = ["telemetry: {enabled: false}"]
        if self.options.store != "sqlite":
            lines.append(f"storage: {{postgres: {{postgres_url: {json.dumps(self.options.store)}}}}}")
        if queued:
            lines.append(
                "run_coordinator: {module: dagster.core.run_coordinator, class: QueuedRunCoordinator, "
                f"config: {{max_concurrent_runs: {CONCURRENT_RUNS}, dequeue_interval_seconds: 1}}}}"
            )
        else:
            lines.append("run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}")
        (self.home / "dagster.yaml").write_text("\n".join(lines) + "\n")
        (self.directory / "workspace.yaml").write_text(
            "load_from:\n"
            f"  - grpc_server: {{host: 127.0.0.1, port: {self.options.port + 1}, location_name: {LOCATION}}}\n"
        )
        # Tables are made before several processes look for them.
        done = subprocess.run([BIN / "dagster", "instance", "migrate"], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"dagster instance migrate: {done.stderr[-2_000:]}")
        # Only now: the instance reads its home from the environment.
        os.environ["DAGSTER_HOME"] = str(self.home)
        from dagster import DagsterInstance

        self.instance = DagsterInstance.get()

    def start(self, name, program, *arguments):
        self.children[name] = Child(name, [str(BIN / program), *arguments], self.environment, self.directory)

    def start_code(self):
        port = str(self.options.port + 1)
        self.start("code", "dagster", "api", "grpc", "-h", "127.0.0.1", "-p", port, "-f", str(DEFINITIONS), "--location-name", LOCATION)
        from dagster._grpc.client import DagsterGrpcClient

        client = DagsterGrpcClient(host="127.0.0.1", port=int(port))

        def serves():
            self._check_running()
            try:
                return client.ping("")["echo"] == ""
            except Exception:  # Whatever it is, the server does not answer yet.
                return False

        wait_until("the code server answers", serves, START_PATIENCE_SECONDS)

    def _check_running(self):
        for child in self.children.values():
            if not child.is_running:
                raise RuntimeError(f"{child.name} has ended; see {self.directory}/{child.name}.log")

    # Asking

    def ask(self, query, variables=None):
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.options.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=START_PATIENCE_SECONDS) as response:
            answer = json.load(response)
        if answer.get("errors"):
            raise RuntimeError(f"GraphQL: {json.dumps(answer['errors'])[:2_000]}")
        return answer["data"]

    def wait_until_loaded(self):
        def is_loaded():
            self._check_running()
            try:
                entries = self.ask(ENTRIES)["workspaceOrError"]["locationEntries"]
            except (urllib.error.URLError, ConnectionError):
                return False
            repositories = [
                repository
                for entry in entries
                if entry["loadStatus"] == "LOADED" and entry["locationOrLoadError"]
                for repository in entry["locationOrLoadError"].get("repositories", [])
            ]
            return sum(len(repository["assetNodes"]) for repository in repositories) == self.options.assets

        wait_until("the location is loaded", is_loaded, START_PATIENCE_SECONDS)

    def restart_code(self):
        """Stops the code server, starts it again, and returns the seconds until the webserver knows its assets."""
        self.children["code"].stop()
        start = time.monotonic()
        self.start_code()
        self.ask(RELOAD)
        self.wait_until_loaded()
        return time.monotonic() - start

    # Runs

    def launch(self, selections, executor):
        """Launches a run for each list of asset names, all assets for None, in one request; returns their ids."""
        parameters = []
        for names in selections:
            selector = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__", "jobName": "__ASSET_JOB"}
            if names is not None:
                selector["assetSelection"] = [{"path": [name]} for name in names]
                selector["assetCheckSelection"] = None
            config = IN_PROCESS if executor == "in_process" else {}
            parameters.append({"selector": selector, "runConfigData": config, "mode": "default"})
        answer = self.ask(LAUNCH, {"list": parameters})["launchMultipleRuns"]
        results = answer.get("launchMultipleRunsResult") or [answer]
        refused = [result for result in results if result["__typename"] != "LaunchRunSuccess"]
        if refused:
            raise RuntimeError(f"Dagster refused: {json.dumps(refused[0])[:2_000]}")
        return [result["run"]["runId"] for result in results]

    def run(self, selections, executor="in_process"):
        """Launches runs and returns the seconds from the request until the last one's end, as its record says."""
        from dagster import RunsFilter

        start = time.time()
        ids = self.launch(selections, executor)

        def ended():
            self._check_running()
            records = self.instance.get_run_records(RunsFilter(run_ids=ids))
            return records if all(record.dagster_run.status.value in FINAL for record in records) else None

        records = wait_until("the runs end", ended, PATIENCE_SECONDS, interval=0.05)
        failed = [record.dagster_run.run_id for record in records if record.dagster_run.status.value != "SUCCESS"]
        if failed or len(records) != len(ids):
            raise RuntimeError(f"{len(failed)} of {len(ids)} runs did not succeed, {failed[:1]}; see {self.directory}")
        return max(record.end_time for record in records) - start

    def processor_seconds(self):
        return {name: child.processor_seconds() for name, child in self.children.items()}
