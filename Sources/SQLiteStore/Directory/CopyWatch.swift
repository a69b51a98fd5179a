// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Sees when other programs open and close a store's files, where the system tells (Linux, by inotify).
///
/// It runs nothing of its own: what has happened is read when somebody asks.
final class CopyWatch: Sendable {
  fileprivate struct Content {
    var sighting: CopySighting
    /// nil before it begins, and where the system does not tell.
    var descriptor: Int32?
    var files: [Int32: CopySighting.File] = [:]
  }

  private let content: Mutex<Content>

  init(limits: LogLimits) { content = Mutex(Content(sighting: CopySighting(limits: limits))) }

  /// Whether the system tells.
  var works: Bool { content.withLock { $0.descriptor != nil } }

  /// Whether another program may be copying the store's files.
  func isCopyUnderWay() -> Bool {
    content.withLock { content in
      content.takeEvents()
      return content.sighting.isUnderWay(at: .now)
    }
  }

  /// Says that a connection of the store itself has just opened both files.
  func excuseOwn() {
    content.withLock { content in
      content.takeEvents()
      for file in CopySighting.File.allCases { content.sighting.excuse(file) }
    }
  }

  #if canImport(Glibc)
    /// Looks from now on; both files must be there.
    func begin(_ files: StoreFiles) { content.withLock { $0.begin(files) } }

    deinit { content.withLock { if let descriptor = $0.descriptor { _ = close(descriptor) } } }
  #else
    func begin(_ files: StoreFiles) {}
  #endif
}

#if canImport(Glibc)
  extension CopyWatch.Content {
    private static let closing = UInt32(IN_CLOSE_WRITE) | UInt32(IN_CLOSE_NOWRITE)
    /// How many bytes are read at once; an event about a watched file has 16.
    private static let buffer = 64 * 16

    fileprivate mutating func begin(_ files: StoreFiles) {
      let descriptor = inotify_init1(Int32(IN_NONBLOCK) | O_CLOEXEC)
      guard descriptor >= 0 else { return }
      for (file, url) in [(CopySighting.File.journal, files.journal), (.log, files.log)] {
        let watch = inotify_add_watch(descriptor, url.path, UInt32(IN_OPEN) | Self.closing)
        guard watch >= 0 else {
          _ = close(descriptor)
          return
        }
        self.files[watch] = file
      }
      self.descriptor = descriptor
    }

    fileprivate mutating func takeEvents() {
      guard let descriptor else { return }
      var bytes = [UInt8](repeating: 0, count: Self.buffer)
      while true {
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return }
        var rest = bytes.prefix(count)
        while rest.count >= MemoryLayout<inotify_event>.size {
          let event = rest.withUnsafeBytes { $0.loadUnaligned(as: inotify_event.self) }
          take(event)
          rest = rest.dropFirst(MemoryLayout<inotify_event>.size + Int(event.len))
        }
      }
    }

    private mutating func take(_ event: inotify_event) {
      let now = ContinuousClock.now
      guard let file = files[event.wd] else {
        // More happened than the system kept: anything may have been opened.
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { for file in CopySighting.File.allCases { sighting.opened(file, at: now) } }
        return
      }
      if event.mask & UInt32(IN_OPEN) != 0 { sighting.opened(file, at: now) }
      if event.mask & Self.closing != 0 { sighting.closed(file, at: now) }
    }
  }
#else
  extension CopyWatch.Content {
    fileprivate mutating func takeEvents() {}
  }
#endif
