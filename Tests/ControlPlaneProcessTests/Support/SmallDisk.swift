// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A small file system in memory, to be filled.
final class SmallDisk: Sendable {
  private let megabytes: Int
  private let path = Mutex<String?>(nil)

  /// Whether this process may mount one here: it tries.
  static let isPossible: Bool = {
    guard geteuid() == 0 else { return false }
    let probe = "/tmp/sluice-mount-\(UInt32.random(in: 0 ... .max))"
    guard mkdir(probe, 0o700) == 0 else { return false }
    defer { rmdir(probe) }
    return mount("none", probe, "tmpfs", 0, "size=1m") == 0 && umount(probe) == 0
  }()

  /// Runs a body, and unmounts what it has left mounted.
  static func with(megabytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
    let disk = SmallDisk(megabytes: megabytes)
    do { try await body(disk) } catch {
      try? await disk.detach()
      throw error
    }
    try await disk.detach()
  }

  private init(megabytes: Int) { self.megabytes = megabytes }

  func attach(at path: String) async throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try await call("/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "none", path)
    self.path.withLock { $0 = path }
  }

  /// Makes it read-only (`ro`), or writable again (`rw`).
  func remount(_ mode: String) async throws { try await call("/bin/mount", "-o", "remount,\(mode)", try place()) }

  /// Takes all the space that there is.
  func fill() async throws {
    let file = try place() + "/filler"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    for size in [1 << 20, 1 << 12, 1] {
      let bytes = [UInt8](repeating: 1, count: size)
      while write(descriptor, bytes, size) == size {}
    }
    try #require(errno == ENOSPC)
  }

  func free() throws { try FileManager.default.removeItem(atPath: place() + "/filler") }

  func detach() async throws {
    guard let path = path.withLock({ $0.take() }) else { return }
    try await call("/bin/umount", "--lazy", path)
  }

  private func place() throws -> String { try #require(path.withLock { $0 }) }

  private func call(_ program: String, _ arguments: String...) async throws {
    let (status, text) = try await Child.run(program, arguments)
    try #require(status == 0, "\(program) \(arguments): \(text)")
  }
}
