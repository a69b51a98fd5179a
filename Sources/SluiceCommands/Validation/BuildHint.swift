// SPDX-License-Identifier: Apache-2.0

package import AssetModel
import Foundation

/// How to build an executable that is not there.
package enum BuildHint {
  /// A command of Swift's package manager, where the executable lies in a build folder of it.
  package static func command(for executable: String) -> Shown {
    let parts = executable.split(separator: "/", omittingEmptySubsequences: false)
    guard let folder = parts.lastIndex(of: ".build"), folder > 0, let name = parts.last, parts.count > folder + 2 else {
      return "build it, or name another with 'executable'"
    }
    let root = parts[..<folder].joined(separator: "/")
    let isHere = root == "." || root == FileManager.default.currentDirectoryPath
    let place: Shown = isHere ? "" : " --package-path \(shell: root)"
    let configuration: Shown = parts[parts.count - 2] == "release" ? " -c release" : ""
    return "swift build\(place)\(configuration) --product \(shell: String(name))"
  }
}
