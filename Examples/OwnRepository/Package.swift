// swift-tools-version:6.2
import PackageDescription

let package = Package(
  name: "tides",
  dependencies: [
    // `traits: []` leaves out the daemon and its stores: a location neither resolves nor builds them.
    .package(name: "sluice", path: "../..", traits: [])
  ],
  targets: [
    .target(
      name: "TidesAssets",
      dependencies: [.product(name: "AssetKit", package: "sluice")]),
    .executableTarget(
      name: "tides",
      dependencies: ["TidesAssets", .product(name: "CodeLocationHost", package: "sluice")]),
    .testTarget(
      name: "TidesAssetsTests",
      dependencies: [
        "TidesAssets",
        .product(name: "AssetKit", package: "sluice"),
        .product(name: "AssetTestKit", package: "sluice"),
      ]),
  ]
)
