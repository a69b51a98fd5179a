// SPDX-License-Identifier: Apache-2.0

@preconcurrency package import Glibc

/// What a team's code prints is seen at once: into a pipe the C library would keep it until there are 4 KiB, or the process ends.
package enum LineBuffering {
  /// Has each line that is printed to standard output written as it ends.
  package static func ofStandardOutput() { apply(to: stdout) }

  /// Has each line that is written to a stream, from now on, written through as it ends.
  package static func apply(to stream: UnsafeMutablePointer<FILE>) { setvbuf(stream, nil, _IOLBF, 0) }
}
