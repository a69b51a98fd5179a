// SPDX-License-Identifier: Apache-2.0

import AssetKit
import Foundation
import Testing

/// What a reader opens when another team's locator names it (semantics 22).
@Suite(.timeLimit(.minutes(10))) struct `A hostile locator` {
  private let directory: TemporaryDirectory
  private let loader: FileLoader
  private let row = "{\"hour\":1,\"origin\":\"JFK\"}\n"
  private var root: String { "\(directory.path)/root" }

  init() throws {
    directory = try TemporaryDirectory()
    loader = FileLoader(roots: ["\(directory.path)/root"])
    for folder in ["root", "root/a b", "rootless", "outside"] {
      try FileManager.default.createDirectory(atPath: "\(directory.path)/\(folder)", withIntermediateDirectories: true)
    }
    for file in ["root/data", "root/a b/ü%2F", "rootless/data", "outside/data"] {
      try row.write(toFile: "\(directory.path)/\(file)", atomically: false, encoding: .utf8)
    }
  }

  private func refusal(_ uri: String) async -> InputError? {
    await loader.refusal(of: Locator(scheme: "file", uri: uri, format: "jsonl/1"))
  }

  @Test func `may name any file below the root, by any way that a URI has to write it`() async throws {
    for uri in [
      "file://\(root)/data", "file:\(root)/data", "file://localhost\(root)/data", "file://LOCALHOST\(root)/d%61ta",
      URL(fileURLWithPath: "\(root)/a b/ü%2F").absoluteString,
    ] {
      let error = await refusal(uri)
      #expect(error == nil, "\(uri)")
    }
  }

  @Test(arguments: [
    "/../outside/data", "/./data", "//data", "/a/../data", "/%2e%2e/outside/data", "/.%2E/outside/data", "/%2E/data", "/data/",
    "/..%2Foutside/data", "/a%2Fdata", "/data%00", "/data\0", "/data%00.jsonl", "/%zz", "/data%", "/data%6", "/%ff", "/data?x",
    "/data#x",
    "/..",
  ])
  func `may not lead elsewhere than it seems to`(_ rest: String) async throws {
    let error = try #require(await refusal("file://\(root)\(rest)"))
    #expect(error.description.contains("is refused: "))
    #expect(!error.isRetryable)
    #expect(!error.description.contains("\0"))
  }

  @Test(arguments: ["file://other-host/data", "file://127.0.0.1/data", "file://user@localhost/data", "file://localhost:80/data"])
  func `may not name a host`(_ uri: String) async throws {
    let error = try #require(await refusal(uri))
    #expect(error.description.contains("names the host") && error.description.contains("this machine only"))
  }

  @Test(arguments: [
    "data", "root/data", "/etc/passwd", "file:data", "file:", "file://", "file://localhost", "http://localhost/x", "",
  ])
  func `must be an absolute file URI`(_ uri: String) async throws {
    #expect(try #require(await refusal(uri)).description.contains("is no absolute file URI"))
  }

  @Test func `may not be longer than a path can be`() async throws {
    let error = try #require(await refusal("file://\(root)/" + String(repeating: "a/", count: 50_000)))
    #expect(error.description.contains("(pathBytes)"))
    #expect(error.description.utf8.count < 2_000)
  }

  @Test func `names nothing outside of the roots, and the refusal says path, roots, setting and mend`() async throws {
    for path in ["/etc/passwd", "\(directory.path)/rootless/data", "\(directory.path)/outside/data", root, "/"] {
      let error = try #require(await refusal("file://\(path)"))
      #expect(!error.isRetryable)
      if path == "/" { continue }
      #expect(error.description.contains("'\(path)'"))
      #expect(error.description.contains(root))
      #expect(error.description.contains("add that to the setting SLUICE_READ_ROOTS"))
    }
    let none = try #require(
      await FileLoader(roots: []).refusal(of: Locator(scheme: "file", uri: "file://\(root)/data", format: "jsonl/1")))
    #expect(none.description.contains("may read no directory"))
  }

  @Test func `reaches nothing through a symbolic link, wherever it lies and wherever it leads`() async throws {
    for (link, target) in [
      ("out", "../outside"), ("file", "../outside/data"), ("within", "a b"), ("same", "data"), ("passwd", "/etc/passwd"),
      ("loop", "loop"),
    ] {
      try FileManager.default.createSymbolicLink(atPath: "\(root)/\(link)", withDestinationPath: target)
    }
    for path in ["out/data", "file", "within/x", "same", "passwd", "loop", "loop/data"] {
      let error = try #require(await refusal("file://\(root)/\(path)"))
      #expect(error.description.contains("it is a symbolic link"), "\(error)")
      #expect(error.description.contains("SLUICE_READ_ROOTS"))
      #expect(!error.isRetryable)
    }
  }

  @Test func `may go through links on the way to the root, which are the operator's own`() async throws {
    let link = "\(directory.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: root)
    let behind = FileLoader(roots: [link])
    for path in ["\(link)/data", "\(root)/data"] {
      let error = await behind.refusal(of: Locator(scheme: "file", uri: "file://\(path)", format: "jsonl/1"))
      #expect(error == nil)
    }
    // A root that the operator states below a link of another root is meant as it is stated.
    try FileManager.default.createSymbolicLink(atPath: "\(root)/out", withDestinationPath: "../outside")
    let both = FileLoader(roots: [root, "\(root)/out"])
    let error = await both.refusal(of: Locator(scheme: "file", uri: "file://\(root)/out/data", format: "jsonl/1"))
    #expect(error == nil)
  }

  @Test func `makes nobody wait: a FIFO, a socket, a device and a directory are refused at once`() async throws {
    #expect(mkfifo("\(root)/fifo", 0o644) == 0)
    leaveSocket(at: "\(root)/socket")
    for (path, kind) in [("fifo", "a FIFO"), ("socket", "a socket"), ("a%20b", "a directory")] {
      let error = try #require(await refusal("file://\(root)/\(path)"))
      #expect(error.description.contains("it is \(kind), and only regular files are read"))
      #expect(!error.isRetryable)
    }
    let devices = FileLoader(roots: ["/dev"])
    for format in ["jsonl/1", "json/1"] {
      let error = await devices.refusal(of: Locator(scheme: "file", uri: "file:///dev/zero", format: format))
      #expect(try #require(error).description.contains("it is a device"))
    }
  }

  @Test func `that names nothing may be tried again, since storage may come back`() async throws {
    #expect(try #require(await refusal("file://\(root)/gone")).isRetryable)
    #expect(try #require(await refusal("file://\(root)/gone/data")).isRetryable)
    let away = FileLoader(roots: ["\(directory.path)/unmounted"])
    let error = await away.refusal(of: Locator(scheme: "file", uri: "file://\(directory.path)/unmounted/data", format: "jsonl/1"))
    #expect(try #require(error).isRetryable)
    #expect(try #require(await refusal("file://\(root)/data/x")).description.contains("it is a regular file") == true)
  }

  @Test func `forges no line of a log: what is quoted is escaped and cut`() async throws {
    let error = try #require(await refusal("file:///etc/\u{1B}[32m\nall checks passed" + String(repeating: "x", count: 3_000)))
    #expect(!error.description.contains("\u{1B}") && !error.description.contains("\n"))
    #expect(error.description.contains("\\u{1b}[32m\\u{a}all checks passed"))
    #expect(error.description.utf8.count < 2_000)
  }

  /// Leaves a socket's file behind.
  private func leaveSocket(at path: String) {
    let socket = socket(AF_UNIX, streamType, 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    #expect(result == 0)
  }

  private var streamType: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }
}
