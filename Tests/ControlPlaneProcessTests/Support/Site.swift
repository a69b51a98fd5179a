// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One location's server, and a workspace file for daemons: `fixture/held` of eight partitions waits for a gate, and `fixture/after`
/// for that.
final class Site: Sendable {
  let home: URL
  private let location: Mutex<Child>
  var workspace: URL { home.appending(path: "workspace.yaml") }
  private var gate: URL { home.appending(path: "gate") }
  private var ledger: URL { home.appending(path: "ledger") }

  static let location = "fixture"
  static let slots = 4
  /// How many partitions each of the two assets has.
  static let partitions = 8

  /// Runs a body at a new site; what it leaves is removed, unless it fails.
  static func with(_ body: (Site) async throws -> Void) async throws {
    let site = try Site()
    do {
      try await body(site)
    } catch {
      try await site.location.withLock({ $0 }).end()
      print("kept: \(site.home.path())")
      throw error
    }
    try await site.location.withLock({ $0 }).end()
    try FileManager.default.removeItem(at: site.home)
  }

  private init() throws {
    home = URL(filePath: "/tmp/sluice-p-\(UInt32.random(in: 0 ... .max))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let socket = home.appending(path: "l.sock").path()
    try "load_from:\n  - grpc_server: { location_name: \(Self.location), socket: \(socket) }\n"
      .write(to: home.appending(path: "workspace.yaml"), atomically: true, encoding: .utf8)
    try Data().write(to: home.appending(path: "ledger"))
    location = Mutex(try Self.startLocation(in: home))
  }

  private static func startLocation(in home: URL) throws -> Child {
    try Child(
      "FixtureLocation", ["serve", "--socket", home.appending(path: "l.sock").path(), "--slots", "\(slots)"],
      environment: [
        "SLUICE_STORAGE": home.appending(path: "storage").path(), "FIXTURE_GATE": home.appending(path: "gate").path(),
        "FIXTURE_LEDGER": home.appending(path: "ledger").path(),
      ], log: home.appending(path: "location.log"))
  }

  /// Where a daemon of that name keeps its state.
  func state(_ name: String) -> URL { home.appending(path: "state-\(name)") }

  /// Ends the location's server, and starts it again.
  func restartLocation() async throws {
    try await location.withLock({ $0 }).end()
    let next = try Self.startLocation(in: home)
    location.withLock { $0 = next }
  }

  /// Lets the held steps go on, and those that come later.
  func openGate() throws { try Data().write(to: gate) }

  /// What the steps have done: `begin fixture/held p0 ATTEMPT` and so on, in order.
  func notes(_ what: String) -> [String] {
    let text = (try? String(contentsOf: ledger, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix("\(what) ") }.map { String($0.dropFirst(what.count + 1)) }
  }

  /// Starts a daemon, whatever becomes of the one before it on the same port.
  ///
  /// - Parameter shell: as ``Child`` takes it.
  func daemon(_ name: String, port: Int? = nil, store: [String] = [], shell: String? = nil) throws -> DaemonProcess {
    try DaemonProcess(name, port: try port ?? Self.freePort(), site: self, store: store, shell: shell)
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
      }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
