// swift-tools-version:6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// The settings of every target: Swift 6 mode with the upcoming features that make imports and existentials explicit.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// libFuzzer's runtime library, where the package is built for fuzzing: our modules are instrumented then, and `sluice-fuzz` is one
/// target more. See `scripts/fuzz.sh`.
let fuzzer = Context.environment["SLUICE_FUZZ"]
let instrumented: [SwiftSetting] = fuzzer == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer"])]

/// What only the daemon, its stores and the command line are built with. A team's package, which names this one with `traits: []`,
/// neither resolves nor builds it. See docs/decisions/0022-a-teams-own-repository.md.
let controlPlane = TargetDependencyCondition.when(traits: ["ControlPlane"])

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = ["DequeModule", "HeapModule", "OrderedCollections"].map { name in
  Target.Dependency.product(name: name, package: "swift-collections")
}
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift", condition: controlPlane)
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift", condition: controlPlane)
let grpc: [Target.Dependency] = [
  .product(name: "GRPCCore", package: "grpc-swift-2"),
  .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport"),
  .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
  protobuf,
]
let loops = ["NIOCore", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let hummingbird: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird", condition: controlPlane),
  .product(name: "HTTPTypes", package: "swift-http-types", condition: controlPlane),
  .product(name: "HummingbirdCore", package: "hummingbird", condition: controlPlane),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOFoundationCompat", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
]
let yams = Target.Dependency.product(name: "Yams", package: "Yams", condition: controlPlane)
let httpClient: [Target.Dependency] = [
  .product(name: "AsyncHTTPClient", package: "async-http-client", condition: controlPlane),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOFoundationCompat", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
]
let lifecycle: [Target.Dependency] = [
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]
let subprocess: [Target.Dependency] = [
  .product(name: "Subprocess", package: "swift-subprocess", condition: controlPlane),
  .product(name: "SystemPackage", package: "swift-system", condition: controlPlane),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", resources: resources, swiftSettings: strict + instrumented)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

/// A team: a library target with its definitions, a three-line executable, and its own tests. None sees `package` symbols.
func team(
  _ folder: String, library: String, executables: [String: String], dependencies: [Target.Dependency] = []
) -> [Target] {
  let kit: [Target.Dependency] = ["AssetKit", "TeamsShared"]
  return [
    .target(
      name: library, dependencies: kit + dependencies, path: "CodeLocations/\(folder)/Assets",
      packageAccess: false, swiftSettings: strict),
    .testTarget(
      name: "\(library)Tests", dependencies: [.target(name: library), "AssetTestKit"] + kit,
      path: "CodeLocations/\(folder)/Tests", packageAccess: false, swiftSettings: strict),
  ]
    + executables.sorted { $0.key < $1.key }.map { name, source in
      .executableTarget(
        name: name, dependencies: [.target(name: library), "CodeLocationHost"], path: "CodeLocations/\(folder)/\(source)",
        packageAccess: false, swiftSettings: strict)
    }
}

/// Feeds every decoder with bytes that libFuzzer makes up; nothing where there is no libFuzzer.
func fuzzing(with runtime: String?) -> [Target] {
  guard let runtime else { return [] }
  return [
    .executableTarget(
      name: "sluice-fuzz", dependencies: ["FuzzTargets"], path: "Fuzzing/Driver", swiftSettings: strict + instrumented,
      linkerSettings: [.unsafeFlags([runtime]), .linkedLibrary("stdc++")])
  ]
}

let package = Package(
  name: "sluice",
  products: [
    .library(name: "AssetKit", targets: ["AssetKit"]),
    .library(name: "AssetTestKit", targets: ["AssetTestKit"]),
    .library(name: "CodeLocationHost", targets: ["CodeLocationHost"]),
    .library(name: "Orchestrator", targets: ["Orchestrator"]),
    .library(name: "SluiceEmbedded", targets: ["SluiceEmbedded"]),
    .executable(name: "sluice", targets: ["sluice"]),
    .executable(name: "sluiced", targets: ["sluiced"]),
  ],
  traits: [
    .default(enabledTraits: ["ControlPlane"]),
    .trait(name: "ControlPlane", description: "The daemon, its stores and the command line."),
  ],
  dependencies: [
    // What a team's own package resolves, too: ranges, so that its pins can be met. `scripts/pins` says what we build with.
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", "3.12.3"..<"6.0.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),

    // What only the control plane is built with: every product of these is used under its trait, and nobody else resolves them.
    .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    // One trait, since SwiftPM passes several in another order each time, and would compile Hummingbird again in every build.
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: ["FullFoundation"]),
    .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", exact: "1.0.2"),
  ],
  targets: [
    // What both sides say.
    library("AssetModel"),
    tests("AssetModelTests", ["AssetModel", "TestSupport"]),
    library("MessageFraming"),

    // The brain, and the simulator that tries to break it.
    library("Orchestrator", ["AssetModel"] + collections),
    tests("OrchestratorTests", ["Orchestrator", "AssetModel", "TestSupport"]),
    library("Simulator", ["JournalCodec", "Orchestrator", "AssetModel"] + collections),
    .executableTarget(
      name: "sluice-simulate", dependencies: ["Simulator", "Orchestrator", "AssetModel", argumentParser],
      path: "Sources/sluice-simulate", swiftSettings: strict),
    tests("SimulatorTests", ["Simulator", "Orchestrator", "AssetModel"]),

    // What a team writes with.
    library("AssetKit", ["AssetModel", crypto, logging]),
    library("AssetTestKit", ["AssetKit", "AssetModel"]),
    tests("AssetKitTests", ["AssetKit", "AssetTestKit", "AssetModel", "TestSupport", crypto, logging]),
    library("SluiceEmbedded", ["AssetKit", "AssetModel", "Orchestrator", crypto]),
    tests("SluiceEmbeddedTests", ["SluiceEmbedded", "AssetKit", "AssetModel", "Orchestrator"]),

    // The wire, and a team's server.
    library("LocationWire", ["AssetModel", "MessageFraming", crypto, logging] + loops + grpc),
    tests(
      "LocationWireTests",
      ["LocationWire", "AssetModel", "TestSupport", protobuf, .product(name: "NIOEmbedded", package: "swift-nio")] + loops),
    library(
      "CodeLocationHost",
      [
        "AssetKit", "AssetModel", "LocationWire", argumentParser, logging,
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
      ] + grpc + lifecycle),
    tests("CodeLocationHostTests", ["CodeLocationHost", "AssetKit", "AssetModel", "LocationWire", logging] + subprocess + grpc),
    .executableTarget(
      name: "FixtureLocation", dependencies: ["CodeLocationHost", "AssetKit"], path: "Tests/Fixtures/FixtureLocation",
      packageAccess: false, swiftSettings: strict),

    // The control plane.
    library("JournalCodec", ["AssetModel", "MessageFraming", "Orchestrator", protobuf]),
    tests("JournalCodecTests", ["JournalCodec", "JournalConformance", "AssetModel", "Orchestrator", protobuf]),
    library("SQLiteStore", ["AssetModel", "Orchestrator", "JournalCodec", grdb, sqlite] + collections),
    tests(
      "SQLiteStoreTests",
      ["SQLiteStore", "JournalCodec", "JournalConformance", "AssetModel", "Orchestrator", "TestSupport", grdb]),
    .systemLibrary(name: "CLibPQ", path: "Sources/CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    library("PostgresStore", ["AssetModel", "Orchestrator", "JournalCodec", "CLibPQ"] + collections),
    tests(
      "PostgresStoreTests",
      ["PostgresStore", "JournalCodec", "JournalConformance", "PostgresCluster", "AssetModel", "Orchestrator"]),
    .target(name: "PostgresCluster", path: "Tests/PostgresCluster", swiftSettings: strict),
    .target(
      name: "JournalConformance", dependencies: ["AssetModel", "JournalCodec", "Orchestrator", "TestSupport"],
      path: "Tests/JournalConformance", swiftSettings: strict),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    library("Workspace", ["AssetModel", yams]),
    tests("WorkspaceTests", ["Workspace", "AssetModel"]),
    library("ControlPlaneAPI", ["AssetModel"] + httpClient),
    library(
      "ControlPlaneDaemon",
      [
        "AssetModel", "ControlPlaneAPI", "LocationWire", "Orchestrator", "PostgresStore", "SQLiteStore", "Workspace",
        logging, .product(name: "DequeModule", package: "swift-collections"),
      ] + grpc + hummingbird + lifecycle),
    tests(
      "ControlPlaneDaemonTests",
      [
        "ControlPlaneDaemon", "ControlPlaneAPI", "CodeLocationHost", "AssetKit", "AssetModel", "LocationWire", "Orchestrator",
        "SQLiteStore", "TestSupport", "Workspace", logging, .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ] + grpc + subprocess),
    tests("ControlPlaneProcessTests", ["ControlPlaneAPI", "Orchestrator", "PostgresCluster", "PostgresStore"]),
    .executableTarget(
      name: "sluiced", dependencies: ["AssetModel", "ControlPlaneDaemon", argumentParser, logging], path: "Sources/sluiced",
      swiftSettings: strict),
    library(
      "SluiceCommands", ["AssetModel", "ControlPlaneAPI", "Orchestrator", "Workspace", argumentParser] + subprocess + lifecycle),
    tests("SluiceCommandsTests", ["SluiceCommands", "ControlPlaneAPI", "AssetModel", "Workspace"] + subprocess),
    .executableTarget(
      name: "sluice", dependencies: ["SluiceCommands"], path: "Sources/sluice", swiftSettings: strict),

    // Embedding.
    .executableTarget(
      name: "Embedded", dependencies: ["SluiceEmbedded", "AssetKit", "Orchestrator"], path: "Examples/Embedded",
      packageAccess: false, swiftSettings: strict),

    // Measuring.
    .executableTarget(
      name: "benchmark-location", dependencies: ["CodeLocationHost", "AssetKit"], path: "Benchmarks/Location",
      packageAccess: false, swiftSettings: strict),
    .executableTarget(
      name: "sluice-benchmark",
      dependencies: [
        "AssetKit", "AssetModel", "CLibPQ", "ControlPlaneAPI", "LocationWire", "Orchestrator", "SluiceEmbedded", argumentParser,
        grdb,
      ] + grpc + httpClient,
      path: "Benchmarks/Driver", swiftSettings: strict),

    // Crashing.
    .executableTarget(
      name: "crash-location", dependencies: ["CodeLocationHost", "AssetKit"], path: "Tests/Fixtures/CrashLocation",
      packageAccess: false, swiftSettings: strict),
    .executableTarget(
      name: "sluice-crash", dependencies: ["AssetModel", "ControlPlaneAPI", argumentParser], path: "Sources/sluice-crash",
      swiftSettings: strict),

    // What is done with bytes of others: `scripts/fuzz.sh` feeds it with made-up ones, and a test with those of the corpus.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "AssetKit", "AssetModel", "CodeLocationHost", "ControlPlaneAPI", "JournalCodec", "JournalConformance", "LocationWire",
        "Orchestrator", "SQLiteStore", "Workspace", protobuf,
      ],
      path: "Fuzzing/Targets", swiftSettings: strict + instrumented),
    tests("FuzzTargetsTests", ["FuzzTargets"]),

    // What the example's teams share.
    .systemLibrary(name: "CZlib", path: "CodeLocations/Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "TeamsShared", dependencies: ["AssetKit", "CZlib"], path: "CodeLocations/Shared/TeamsShared", packageAccess: false,
      swiftSettings: strict),
    .testTarget(
      name: "TeamsSharedTests", dependencies: ["TeamsShared", "AssetKit"], path: "CodeLocations/Shared/Tests",
      packageAccess: false,
      swiftSettings: strict),
  ]
    + fuzzing(with: fuzzer)
    // The example workspace: one line a team. `sluice init` adds below the last one.
    + team("Flights", library: "FlightsAssets", executables: ["flights": "Main"])
    + team("Weather", library: "WeatherAssets", executables: ["weather": "Main", "weather-fixed": "MainFixed"])
    + team("Fleet", library: "FleetAssets", executables: ["fleet": "Main"])
    + team("Insights", library: "InsightsAssets", executables: ["insights": "Main"])
)
