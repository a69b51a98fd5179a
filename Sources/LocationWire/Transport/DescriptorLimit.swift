// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many files the process may have open at once, connections included.
package enum DescriptorLimit {
  /// Raises the limit as far as the process may itself.
  ///
  /// - Returns: the limit as the process was started, and as it is now; nil where the system does not say.
  package static func raise() -> (before: Int, now: Int)? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return nil }
    let before = Int(clamping: limit.rlim_cur)
    var wanted = limit.rlim_max
    #if canImport(Darwin)
      wanted = min(wanted, rlim_t(OPEN_MAX))
    #endif
    guard limit.rlim_cur < wanted else { return (before, before) }
    limit.rlim_cur = wanted
    return (before, setrlimit(resource, &limit) == 0 ? Int(clamping: wanted) : before)
  }

  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif
}
