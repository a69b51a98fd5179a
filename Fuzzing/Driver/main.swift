// SPDX-License-Identifier: Apache-2.0

import Foundation
import FuzzTargets
import Synchronization

/// `sluice-fuzz TARGET [libFuzzer's arguments…]` feeds one decoder with bytes that libFuzzer makes up; `--list` names them all, and
/// `--seeds DIRECTORY` writes inputs to begin from. See `scripts/fuzz.sh`.
let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "--list": print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
case "--seeds" where arguments.count == 3: try await FuzzSeeds.write(below: URL(fileURLWithPath: arguments[2]))
case let name?:
  guard let target = FuzzTarget.named(name) else {
    print("there is no target '\(name)': --list names them")
    exit(2)
  }
  FuzzTarget.current.withLock { $0 = target }
  exit(Fuzzer.run())
case nil:
  print("usage: sluice-fuzz --list | --seeds DIRECTORY | TARGET [ARGUMENTS]")
  exit(2)
}
