// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation
import LocationWire
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct SecretFileTests {
  private let folder: URL

  init() throws {
    folder = URL(filePath: NSTemporaryDirectory()).appending(path: "secret-\(UInt32.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func file(_ text: String, mode: Int = 0o600) throws -> String {
    let file = folder.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path())
    return file.path()
  }

  private func refusal(_ path: String) -> String {
    let error = #expect(throws: CredentialError.self) { _ = try LocationSecret(contentsOf: path) }
    return "\(error as Any)"
  }

  private let enough = String(repeating: "0123456789abcdef", count: 2)

  @Test func `a line end does not belong to the secret`() throws {
    let (bare, ended) = (try LocationSecret(contentsOf: file(enough)), try LocationSecret(contentsOf: file(enough + "\r\n")))
    let request = ChallengeAnswer.request()
    let desk = ChallengeDesk(location: "team", at: .now)
    let response = try desk.challenge(request, secret: bare, at: .now)
    _ = try ChallengeAnswer(response, to: request, location: .init("team"), secret: ended)
    try FileManager.default.removeItem(at: folder)
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o666])
  func `a file that group or others can touch is refused with its path, its mode and the mend`(mode: Int) throws {
    let path = try file(enough, mode: mode)
    let words = refusal(path)
    #expect(words.contains(path) && words.contains("0\(String(mode, radix: 8))") && words.contains("chmod 600 \(path)"))
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `the command that mends a file is one for whatever path it has`() throws {
    let path = folder.appending(path: "a $(touch X) 'b'").path(percentEncoded: false)
    try Data(enough.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(refusal(path).contains("mend: chmod 600 \(ShellWord(path))"))
    #expect(!refusal(path).contains("mend: chmod 600 \(path)"))
    try FileManager.default.removeItem(at: folder)
  }

  @Test func `what is short, long, no file or not there is refused by name`() throws {
    #expect(refusal(try file("short\n")).contains("secretBytes"))
    #expect(refusal(try file(enough.dropLast() + "\n\n\n")).contains("holds 31 bytes"))
    #expect(refusal(try file(String(repeating: "x", count: WireLimits.secretFileBytes + 1))).contains("secretFileBytes"))
    #expect(refusal(folder.path()).contains("no regular file"))
    let missing = folder.appending(path: "none").path()
    #expect(refusal(missing).contains(missing))
    let pipe = folder.appending(path: "pipe").path()
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(refusal(pipe).contains("no regular file"), "and nobody waits for a writer")
    try FileManager.default.removeItem(at: folder)
  }

  // MARK: Read again

  /// Counts what is read, at a time that a test sets.
  private final class Reader: Sendable {
    private let state = Mutex((reads: 0, ahead: 0.0))
    var reads: Int { state.withLock { $0.reads } }
    func wait(_ seconds: Double) { state.withLock { $0.ahead += seconds } }

    func cache(_ path: String) -> SecretCache {
      SecretCache(.secretFile(path)) { (path) throws(CredentialError) in
        self.state.withLock { $0.reads += 1 }
        return try LocationSecret(contentsOf: path)
      } now: {
        self.state.withLock { Date().timeIntervalSince1970 + $0.ahead }
      }
    }
  }

  @Test func `a file that is as it was is not read for each call`() throws {
    let reader = Reader()
    let path = try file(enough)
    let cache = reader.cache(path)
    _ = try cache.secret()
    _ = try cache.secret()
    #expect(reader.reads == 2, "it was changed a moment ago")
    reader.wait(60)
    for _ in 0..<100 { _ = try cache.secret() }
    #expect(reader.reads == 3)
    // A change is seen at once, and what may not be taken is refused at once.
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(throws: CredentialError.self) { _ = try cache.secret() }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try Data(String(repeating: "n", count: 40).utf8).write(to: URL(filePath: path))
    _ = try cache.secret()
    #expect(reader.reads == 5)
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: CredentialError.self) { _ = try cache.secret() }
  }
}
