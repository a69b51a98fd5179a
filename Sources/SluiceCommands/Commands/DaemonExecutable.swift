// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Foundation

/// Where the daemon's executable is.
enum DaemonExecutable {
  /// The one that was named, else the one beside this program.
  ///
  /// - Throws: ``CommandFailure`` where it is not there.
  static func path(_ named: String?) throws -> String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let path = named ?? URL(fileURLWithPath: own).deletingLastPathComponent().appending(path: "sluiced").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw CommandFailure(
        "there is no daemon at \(path)", mend: "build it with 'swift build --product sluiced', or name one with --daemon")
    }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
