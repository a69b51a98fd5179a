// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import Foundation
import Testing

@Suite("Where a socket may lie")
struct SocketFileTests {
  @Test(arguments: [(0o700, true), (0o755, true), (0o775, false), (0o757, false), (0o777, false)])
  func `a directory that others can write is refused, with its mode and the mend`(mode: Int, isTaken: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-socket-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path)
    let link = folder.path + "-link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
    defer { try? FileManager.default.removeItem(atPath: link) }
    for directory in [folder.path, link] {
      let refusal: ListenRefusal? =
        switch Result(catching: { () throws(ListenRefusal) in try SocketFile.checkDirectory(of: "\(directory)/team.sock") }) {
        case .success: nil
        case .failure(let refusal): refusal
        }
      #expect((refusal == nil) == isTaken)
      if let refusal {
        #expect(refusal.description.contains("0\(String(mode, radix: 8))"), "\(refusal)")
        #expect(refusal.description.contains("mend: chmod go-w \(directory)"), "\(refusal)")
      }
    }
  }

  @Test func `a socket's directory ends at its last slash, whatever stands behind that`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-socket-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
    #expect {
      try SocketFile.checkDirectory(of: "\(folder.path)/\u{301}team.sock")
    } throws: {
      "\($0)".contains("the directory \(folder.path), whose mode")
    }
  }

  @Test func `a directory that is not there is refused by name`() {
    #expect {
      try SocketFile.checkDirectory(of: "/nowhere/at/all/team.sock")
    } throws: {
      "\($0)".contains("/nowhere/at/all")
    }
  }
}
