// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

/// Whoever shares the storage can put anything there.
@Suite(.serialized, .timeLimit(.minutes(10))) struct `Storage that others write to` {
  private let directory: TemporaryDirectory
  private let storage: FileIOManager
  private let place = "weather.hourly/partition=2013-11-03"

  init() throws {
    directory = try TemporaryDirectory()
    storage = FileIOManager(root: directory.path)
  }

  private func stage(_ number: VersionNumber) async throws -> (VersionID, Locator) {
    let id = try version(number)
    return (id, try await storage.stage([Reading(origin: "JFK", hour: 1)], as: id).locator)
  }

  private func mark(_ name: String, _ text: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/weather.hourly/unsettled/\(name)", withDestinationPath: text)
  }

  private func json(_ version: VersionID) throws -> String { String(decoding: try JSONEncoder().encode(version), as: UTF8.self) }

  @Test func `lists only markers that are named after a version of this very asset`() async throws {
    let (id, _) = try await stage(1)
    try mark("v000002-8f3a12bc-2013-11-03", json(version(2, of: "flights/daily")))
    try mark("v000003-8f3a12bc-2013-11-03", json(version(4)))
    try mark("v000005-8f3a12bc-2013-11-03", "no version")
    try mark("deep", String(repeating: "[", count: 4_000))
    try mark("long", "{\"asset\":\"" + String(repeating: "x", count: 4_000))
    try mark("\u{1B}[2J", "\u{1B}[2J")
    #expect(mkfifo("\(directory.path)/weather.hourly/unsettled/fifo", 0o644) == 0)
    #expect(try await storage.unsettled(of: [id.asset]) == [id])
  }

  @Test func `lists a bounded number of versions at once`() async throws {
    let (id, _) = try await stage(1)
    for number in 2...1_010 as ClosedRange<VersionNumber> {
      let digits = String(number)
      let name = "v\(String(repeating: "0", count: 6 - digits.count))\(digits)-8f3a12bc-2013-11-03"
      try mark(name, json(version(number)))
    }
    let listed = try await storage.unsettled(of: [id.asset])
    #expect(listed.count == 1_000)
    #expect(listed.first == id)
  }

  @Test func `takes for current only a folder of a version, beside the link`() async throws {
    let (id, locator) = try await stage(1)
    try await storage.promote(id, at: locator)
    let link = "\(directory.path)/\(place)/current"
    for target in ["../../../etc", "/etc", "v1", "..", "v000001-8f3a12bc/../..", "\u{1B}[2J"] {
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      let error = await #expect(throws: StorageError.self) { try await storage.current(of: id.asset, partition: id.partition) }
      #expect(error?.description.contains("which is no version's folder") == true)
      #expect(error?.description.contains("\u{1B}") == false)
    }
  }

  @Test(arguments: ["fifo", "huge", "deep", "link"])
  func `does not wait for a record that is none, nor read it whole`(_ kind: String) async throws {
    let (id, locator) = try await stage(1)
    try await storage.promote(id, at: locator)
    let record = "\(place)/v000001-8f3a12bc/version.json"
    try FileManager.default.removeItem(atPath: "\(directory.path)/\(record)")
    switch kind {
    case "fifo": #expect(mkfifo("\(directory.path)/\(record)", 0o644) == 0)
    case "huge": try directory.makeSparse(record, bytes: 40 << 30)
    case "link":
      try FileManager.default.createSymbolicLink(atPath: "\(directory.path)/\(record)", withDestinationPath: "/dev/zero")
    default:
      try String(repeating: "[", count: 100_000).write(toFile: "\(directory.path)/\(record)", atomically: false, encoding: .utf8)
    }
    await #expect(throws: StorageError.self) { try await storage.current(of: id.asset, partition: id.partition) }
    // Settling goes on: the folder's record says only when it was staged.
    let (two, twoPlace) = try await stage(2)
    try await storage.promote(two, at: twoPlace)
    #expect(try await storage.current(of: id.asset, partition: id.partition) == twoPlace)
  }

  @Test(arguments: ["file:///../x", "file://other-host/x", "/x"])
  func `settles nothing at a path that is refused`(_ uri: String) async throws {
    let (id, _) = try await stage(1)
    await #expect(throws: StorageError.self) {
      try await storage.discard(id, at: Locator(scheme: "file", uri: uri, format: "jsonl/1"))
    }
  }

  // MARK: Locks

  private var lock: String { "\(directory.path)/weather.hourly/.locks/partition=2013-11-03" }

  @Test func `whoever may read the directories does not hold up a settlement by locking them`() async throws {
    let (id, locator) = try await stage(1)
    let held = try ["", "/weather.hourly", "/\(place)", "/\(place)/v000001-8f3a12bc"].map {
      let descriptor = open("\(directory.path)\($0)", O_RDONLY)
      try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      return descriptor
    }
    defer { for descriptor in held { close(descriptor) } }
    try await storage.promote(id, at: locator)
    #expect(try await storage.current(of: id.asset, partition: id.partition) == locator)
    let (next, other) = try await stage(2)
    try await storage.reject(next, at: other)
    try await storage.discard(next, at: nil)
  }

  @Test func `what is locked can be opened by its owner alone`() async throws {
    let (id, locator) = try await stage(1)
    try await storage.promote(id, at: locator)
    for (path, mode) in [(lock, 0o600), ("\(directory.path)/weather.hourly/.locks", 0o700)] {
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode)
    }
    #expect(try await storage.unsettled(of: [id.asset]) == [])
  }

  private func hurried(_ storage: FileIOManager) -> FileIOManager {
    var storage = storage
    storage.lockPatience = .milliseconds(20)
    return storage
  }

  @Test func `a lock that is not to be had ends a settlement that can be tried again, with the file's name`() async throws {
    let (id, locator) = try await stage(1)
    try await storage.promote(id, at: locator)
    let descriptor = open(lock, O_RDWR)
    try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let hasty = hurried(storage)
    let error = await #expect(throws: StorageError.self) { try await hasty.promote(id, at: locator) }
    #expect(error?.description.contains(lock) == true && error?.description.contains("(lockPatience)") == true)
    close(descriptor)
    try await hasty.promote(id, at: locator)
  }

  @Test func `a version comes into place under the lock, and not without its marker`() async throws {
    let (first, _) = try await stage(1)
    try await storage.discard(first, at: nil)
    let descriptor = open(lock, O_RDWR)
    try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    let id = try version(2)
    let storage = storage
    let staging = Task { try await storage.stage([Reading(origin: "JFK", hour: 2)], as: id) }
    // Written whole, and waiting for the lock.
    while !directory.exists("\(place)/staging-v000002-8f3a12bc/version.json") { await Task.yield() }
    // What the discard that has the lock does last.
    try FileManager.default.removeItem(atPath: "\(directory.path)/weather.hourly/unsettled/v000002-8f3a12bc-2013-11-03")
    close(descriptor)
    await #expect(throws: StorageError("\(id) was discarded while it was staged")) { try await staging.value }
    #expect(try directory.names(place) == [])
  }

  @Test(arguments: ["fifo", "link", "directory"])
  func `does not wait for a lock that is no file, nor follow it`(_ kind: String) async throws {
    let (id, locator) = try await stage(1)
    try await storage.promote(id, at: locator)
    try FileManager.default.removeItem(atPath: lock)
    let elsewhere = "\(directory.path)/elsewhere"
    switch kind {
    case "fifo": #expect(mkfifo(lock, 0o600) == 0)
    case "link": try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: elsewhere)
    default: try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
    }
    let error = await #expect(throws: StorageError.self) { try await storage.promote(id, at: locator) }
    #expect(error?.description.contains(lock) == true)
    #expect(!FileManager.default.fileExists(atPath: elsewhere))
  }
}
