# SPDX-License-Identifier: Apache-2.0
"""Who may import whom: the module diagram of docs/architecture.md, as a table."""

import json
import re

from soundness.tree import MANIFEST, Check, File, described, swift

SYSTEM = {"Foundation", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin"}
COLLECTIONS = {"Collections", "OrderedCollections", "DequeModule", "HeapModule", "HashTreeCollections"}
GRPC = {"GRPCCore", "GRPCNIOTransportHTTP2", "GRPCNIOTransportHTTP2Posix", "GRPCProtobuf", "SwiftProtobuf"}
LIFECYCLE = {"ServiceLifecycle", "UnixSignals"}
NIO = {"NIOCore", "NIOPosix", "NIOHTTP1", "NIOFoundationCompat"}
HTTP = {"Hummingbird", "HummingbirdCore", "HTTPTypes"} | NIO

# Each target, and what it may import beside SYSTEM. What is not here is refused.
MAY_IMPORT = {
    "AssetModel": set(),
    "MessageFraming": set(),
    "Orchestrator": {"AssetModel"} | COLLECTIONS,
    "Simulator": {"AssetModel", "JournalCodec", "Orchestrator"} | COLLECTIONS,
    "sluice-simulate": {"AssetModel", "Orchestrator", "Simulator", "ArgumentParser"},
    "AssetKit": {"AssetModel", "Crypto", "Logging"},
    "AssetTestKit": {"AssetKit", "AssetModel"},
    "SluiceEmbedded": {"AssetKit", "AssetModel", "Orchestrator", "Crypto"},
    "LocationWire": {"AssetModel", "MessageFraming", "Crypto", "Logging", "NIOCore", "NIOPosix"} | GRPC,
    "CodeLocationHost": {"AssetKit", "AssetModel", "LocationWire", "ArgumentParser", "Logging", "NIOConcurrencyHelpers"} | GRPC | LIFECYCLE,
    "JournalCodec": {"AssetModel", "MessageFraming", "Orchestrator", "SwiftProtobuf"},
    "SQLiteStore": {"AssetModel", "Orchestrator", "JournalCodec", "GRDB", "GRDBSQLite"} | COLLECTIONS,
    "PostgresStore": {"AssetModel", "Orchestrator", "JournalCodec", "CLibPQ"} | COLLECTIONS,
    "Workspace": {"AssetModel", "Yams"},
    "ControlPlaneAPI": {"AssetModel", "AsyncHTTPClient", "HTTPTypes"} | NIO,
    "ControlPlaneDaemon": {"AssetModel", "ControlPlaneAPI", "LocationWire", "Orchestrator", "PostgresStore", "SQLiteStore", "Workspace", "Logging"}
    | COLLECTIONS | GRPC | LIFECYCLE | HTTP,
    "sluiced": {"AssetModel", "ControlPlaneDaemon", "ArgumentParser", "Logging"},
    "SluiceCommands": {"AssetModel", "ControlPlaneAPI", "Orchestrator", "Workspace", "ArgumentParser", "Subprocess", "SystemPackage", "UnixSignals"},
    "sluice": {"SluiceCommands"},
    "sluice-crash": {"AssetModel", "ControlPlaneAPI", "ArgumentParser"},
}
TEAM = {"AssetKit", "TeamsShared"}
# What the folders of Benchmarks/Driver may import beside ArgumentParser.
BENCHMARKS = {
    "Processes": {"ControlPlaneAPI", "AsyncHTTPClient", "NIOCore", "NIOHTTP1"},
    "Inside": {"AssetKit", "AssetModel", "Orchestrator", "SluiceEmbedded"},
    "Limits": {"AssetModel", "LocationWire", "GRDB"} | GRPC,
    "Stores": {"CLibPQ", "GRDB"},
}
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?([A-Za-z_]\w*)"
)


def allowed(path):
    """What the file at a path may import, or None where no rule is written."""
    parts = path.split("/")
    if parts[0] == "Sources":
        return MAY_IMPORT.get(parts[1])
    if parts[:2] == ["Benchmarks", "Driver"]:
        # From outside it may know the API alone; what looks inside has folders of its own.
        return {"ArgumentParser"} | BENCHMARKS.get(parts[2], set())
    if parts[:2] == ["Benchmarks", "Location"]:
        return {"CodeLocationHost", "AssetKit"}
    if parts[:2] == ["Fuzzing", "Driver"]:
        return {"FuzzTargets"}
    if parts[0] == "Fuzzing":
        return {
            "AssetKit", "AssetModel", "CodeLocationHost", "ControlPlaneAPI", "JournalCodec", "JournalConformance", "LocationWire",
            "Orchestrator", "SQLiteStore", "SwiftProtobuf", "Workspace",
        }
    if parts[:2] == ["Examples", "Embedded"]:
        return {"SluiceEmbedded", "AssetKit", "Orchestrator"}
    if parts[:2] == ["Examples", "OwnRepository"]:
        # A team's package outside of this one: its products are all that there is.
        return {"PackageDescription", "AssetKit", "CodeLocationHost", "TidesAssets"}
    if parts[:2] == ["CodeLocations", "Shared"]:
        return {"AssetKit", "CZlib"} if parts[2] != "Tests" else None
    if parts[0] == "CodeLocations" and len(parts) > 3:
        if parts[2] == "Assets":
            return TEAM
        if parts[2].startswith("Main"):
            return {"CodeLocationHost", parts[1] + "Assets"}
    return None


def find(files):
    for file in swift(files):
        if file.path == "Package.swift" or file.path.startswith("Tests/") or "/Tests/" in file.path:
            continue
        rule = allowed(file.path)
        if rule is None:
            yield file.path, 1, "no import rule covers this file: add its target to scripts/soundness/imports.py"
            continue
        for number, line in enumerate(file.code_lines, 1):
            match = IMPORT.match(line)
            if match and match[1] not in rule and match[1] not in SYSTEM:
                yield file.path, number, f"imports {match[1]}, which the module diagram does not allow here"


def targets(files):
    """Each target's folder, what of it belongs to the target, and what it may import of this package."""
    for target in described(files)["targets"]:
        folder = target.get("path") or f"{'Tests' if target['type'] == 'test' else 'Sources'}/{target['name']}"
        within = [f"{folder}/{part}" for part in target.get("sources") or [""]]
        without = [f"{folder}/{part}" for part in target.get("exclude", [])]
        declared = {value[0] for dependency in target["dependencies"] for value in dependency.values()}
        yield target["name"], within, without, declared


def lies(path, places):
    return any(f"{path}/".startswith(f"{place.rstrip('/')}/") for place in places)


def undeclared(files):
    """A build in another order finds no module that its target does not depend on: one on a fresh machine fails."""
    known = list(targets(files))
    names = {name for name, *_ in known}
    for file in swift(files):
        owner = next(
            (
                (name, declared) for name, within, without, declared in known
                if lies(file.path, within) and not lies(file.path, without)
            ), None)
        for number, line in enumerate(file.code_lines if owner else [], 1):
            match = IMPORT.match(line)
            if match and match[1] in names - owner[1] - {owner[0]}:
                yield file.path, number, f"imports {match[1]}, which {owner[0]} does not depend on: add it in Package.swift"


def case(path, text):
    return [File(path, text)]


def packaged(path, text):
    dump = {"targets": [
        {"name": "A", "type": "regular", "dependencies": []},
        {"name": "ATests", "type": "test", "dependencies": [{"byName": ["A", None]}]},
        {"name": "B", "type": "regular", "path": "Elsewhere", "sources": ["Main"], "dependencies": [{"product": ["P", "p", None]}]},
    ]}
    return [File(path, text), File(MANIFEST, json.dumps(dump))]


CHECKS = [
    Check(
        "import directions",
        find,
        rejects=[
            case("Sources/ControlPlaneDaemon/X.swift", "public import AssetKit"),
            case("Sources/Orchestrator/X.swift", "import GRPCCore"),
            case("Sources/Orchestrator/X.swift", "import struct GRDB.Row"),
            case("Sources/Orchestrator/X.swift", "package import SwiftProtobuf"),
            case("Sources/Orchestrator/X.swift", "  @preconcurrency import Hummingbird"),
            case("Sources/SQLiteStore/X.swift", "import CLibPQ"),
            case("Sources/AssetModel/X.swift", "import Orchestrator"),
            case("Sources/sluiced/X.swift", "import AssetKit"),
            case("CodeLocations/Weather/Assets/X.swift", "import Orchestrator"),
            case("CodeLocations/Weather/Assets/X.swift", "import FlightsAssets"),
            case("CodeLocations/Weather/Main/X.swift", "import FlightsAssets"),
            case("Sources/SluiceCommands/X.swift", 'let template = """\n  """\nimport AssetKit'),
            case("Sources/Unheard/X.swift", "import Foundation"),
            case("Benchmarks/Driver/Works/X.swift", "import Orchestrator"),
            case("Benchmarks/Driver/Limits/X.swift", "import CLibPQ"),
            case("Examples/OwnRepository/Sources/TidesAssets/X.swift", "import AssetModel"),
        ],
        accepts=[
            case("Sources/Orchestrator/X.swift", "public import AssetModel\nimport Foundation\n// import GRPCCore"),
            case("Sources/SluiceCommands/X.swift", 'let template = """\n  import AssetKit\n  """\nimport Workspace'),
            case("CodeLocations/Weather/MainFixed/X.swift", "import CodeLocationHost\nimport WeatherAssets"),
            case("Examples/Embedded/X.swift", "import Orchestrator"),
            case("Examples/OwnRepository/Sources/tides/X.swift", "import CodeLocationHost\nimport TidesAssets"),
        ],
    ),
    Check(
        "imports are declared",
        undeclared,
        rejects=[
            packaged("Sources/A/X.swift", "package import B"),
            packaged("Tests/ATests/X.swift", "import A\nimport B"),
            packaged("Elsewhere/Main/X.swift", "import A"),
        ],
        accepts=[
            packaged("Tests/ATests/X.swift", "import A\nimport Testing"),
            packaged("Elsewhere/Main/X.swift", "import P"),
            packaged("Elsewhere/Other/X.swift", "import A"),
            packaged("Elsewhere/MainFixed/X.swift", "import A"),
        ],
    ),
]
