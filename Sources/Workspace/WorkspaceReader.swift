// SPDX-License-Identifier: Apache-2.0

import AssetModel
import Yams

/// A place in the file, counted from 1.
struct Place {
  let line: Int
  let column: Int
}

/// A location together with the places in the file that said so, for the errors of later checks.
struct PlacedLocation {
  let value: WorkspaceLocation
  let name: Place
  let address: Place
  /// One mark a pattern.
  let owns: [Place]
}

/// Turns a YAML tree into locations and collects every problem on the way.
struct WorkspaceReader {
  let substitute: Substitution
  var problems: [WorkspaceProblem] = []

  init(substitute: Substitution) { self.substitute = substitute }

  mutating func locations(in root: Node?) -> [PlacedLocation] {
    guard let root, root.null == nil else {
      report(nil, "the file is empty", mend: "write 'load_from:' and below it a list of locations")
      return []
    }
    guard let fields = mapping(root, what: "the file", allowed: ["load_from", "limits"]) else { return [] }
    let share = fields["limits"].map { self.share($0) } ?? LocationShare()
    guard let list = fields["load_from"] else {
      report(root, "'load_from' is missing", mend: "write 'load_from:' and below it a list of locations")
      return []
    }
    if list.null != nil { return [] }
    guard let entries = list.sequence else {
      report(list, "'load_from' is no list", mend: "begin each location with '- grpc_server:'")
      return []
    }
    guard entries.count <= WorkspaceLimits.locations else {
      report(list, "more than \(WorkspaceLimits.locations) locations", mend: "split the workspace")
      return []
    }
    return entries.compactMap { location($0, in: share) }
  }

  private mutating func location(_ node: Node, in common: LocationShare) -> PlacedLocation? {
    let allowed = ["grpc_server", "owns", "executable", "environment", "grace_seconds", "secret_file", "insecure", "limits"]
    guard let fields = mapping(node, what: "a location", allowed: allowed) else { return nil }
    guard let serverNode = fields["grpc_server"] else {
      report(
        node, "this location has no 'grpc_server'",
        mend: "write 'grpc_server: { location_name: NAME, host: 127.0.0.1, port: 4271 }'")
      return nil
    }
    let server = self.server(serverNode)
    let patterns = fields["owns"].map { owns($0) }
    let executable = fields["executable"].flatMap { text($0, what: "'executable'", mend: "write the path of a program") }
    let environment = fields["environment"].map { self.environment($0) } ?? [:]
    let grace = fields["grace_seconds"].flatMap { seconds($0) } ?? WorkspaceLimits.defaultGraceSeconds
    let secretFile = fields["secret_file"].flatMap {
      text($0, what: "'secret_file'", mend: "write the path of a file of mode 0600")
    }
    let isInsecure = fields["insecure"].map { flag($0, what: "'insecure'") } ?? false
    if isInsecure, let node = fields["secret_file"] {
      report(node, "'secret_file' stands beside 'insecure: true'", mend: "keep one of them")
    }
    let share = fields["limits"].map { self.share($0).over(common) } ?? common
    guard let server else { return nil }
    let location = WorkspaceLocation(
      name: server.name, address: server.address, owns: patterns?.map(\.pattern), executable: executable,
      environment: environment, grace: .seconds(grace), secretFile: secretFile, isInsecure: isInsecure, share: share)
    return PlacedLocation(
      value: location, name: server.nameMark, address: mark(serverNode),
      owns: patterns?.map(\.mark) ?? [server.nameMark])
  }

  private typealias Server = (name: LocationName, nameMark: Place, address: LocationAddress)

  private mutating func server(_ node: Node) -> Server? {
    guard let fields = mapping(node, what: "'grpc_server'", allowed: ["location_name", "host", "port", "socket"]) else {
      return nil
    }
    let address = self.address(fields, of: node)
    guard let nameNode = fields["location_name"] else {
      report(node, "'location_name' is missing", mend: "write 'location_name: NAME'")
      return nil
    }
    guard let written = text(nameNode, what: "'location_name'", mend: "write a name such as 'weather'") else { return nil }
    do throws(ModelError) {
      let name = try LocationName(written)
      return address.map { (name, mark(nameNode), $0) }
    } catch {
      let message = written == Self.written(nameNode) ? error.message : "'\(Self.written(nameNode))' is no name of a location"
      report(nameNode, message, mend: "write a name such as 'weather'")
      return nil
    }
  }

  private mutating func address(_ fields: [String: Node], of node: Node) -> LocationAddress? {
    if let socket = fields["socket"] {
      if let other = fields["host"] ?? fields["port"] {
        report(other, "'socket' stands beside 'host' or 'port'", mend: "keep either 'socket', or 'host' and 'port'")
      }
      return socketPath(socket).map { .socket(path: $0) }
    }
    guard let portNode = fields["port"] else {
      report(node, "'port' is missing", mend: "write 'port: 4271', or 'socket: PATH'")
      return nil
    }
    let host = fields["host"].map { self.host($0) } ?? "127.0.0.1"
    let port = number(portNode, in: 1...65_535, what: "is no port", mend: "write a number from 1 to 65535")
    guard let host, let port else { return nil }
    return .tcp(host: host, port: port)
  }

  private mutating func host(_ node: Node) -> String? {
    guard var host = text(node, what: "'host'", mend: "write a host such as 127.0.0.1") else { return nil }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let problem = HostRules.problem(in: host, written: Self.written(node)) else { return host }
    report(node, problem, mend: "write a host alone, such as 127.0.0.1, ::1 or flights.internal")
    return nil
  }

  private mutating func socketPath(_ node: Node) -> String? {
    guard let path = text(node, what: "'socket'", mend: "write the path of a Unix socket") else { return nil }
    guard path.utf8.count <= WorkspaceLimits.socketPathBytes else {
      report(
        node, "the socket's path is longer than \(WorkspaceLimits.socketPathBytes) bytes", mend: "choose a shorter path")
      return nil
    }
    return path
  }

  private mutating func owns(_ node: Node) -> [(pattern: OwnershipPattern, mark: Place)] {
    guard let entries = node.sequence else {
      report(node, "'owns' is no list", mend: "write it as [\"team/*\"]")
      return []
    }
    guard entries.count <= WorkspaceLimits.patternsPerLocation else {
      report(
        node, "'owns' has more than \(WorkspaceLimits.patternsPerLocation) patterns", mend: "write a prefix ending in '/*'")
      return []
    }
    return entries.compactMap { entry in
      guard let written = text(entry, what: "a pattern of 'owns'", mend: "write \"team/*\"") else { return nil }
      do throws(ModelError) {
        return (try OwnershipPattern(written), mark(entry))
      } catch {
        report(entry, "'\(Self.written(entry))' owns nothing", mend: "write an asset key, or a prefix ending in '/*'")
        return nil
      }
    }
  }

  private mutating func environment(_ node: Node) -> [String: String] {
    guard let fields = node.mapping else {
      report(node, "'environment' is no mapping", mend: "write 'environment: { NAME: value }'")
      return [:]
    }
    var result: [String: String] = [:]
    for (key, value) in fields {
      guard let name = key.string, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), value.string != nil else {
        report(key, "an environment variable has a name and a text", mend: "write 'NAME: value'")
        continue
      }
      if let text = substituted(value)?.string { result[name] = text }
    }
    return result
  }

  private mutating func share(_ node: Node) -> LocationShare {
    var share = LocationShare()
    guard let fields = mapping(node, what: "'limits'", allowed: LocationShare.Key.allCases.map(\.rawValue)) else { return share }
    for key in LocationShare.Key.allCases {
      guard let value = fields[key.rawValue] else { continue }
      if let number = number(value, in: 1...WorkspaceLimits.maxShare, what: "is no limit for '\(key.rawValue)'") {
        share[keyPath: key.field] = number
      }
    }
    return share
  }

  private mutating func flag(_ node: Node, what: String) -> Bool {
    guard let node = substituted(node) else { return false }
    if let flag = node.bool { return flag }
    report(node, "\(what) is neither true nor false", mend: "write 'true' or 'false', without quotes")
    return false
  }

  private mutating func seconds(_ node: Node) -> Int? {
    number(node, in: 0...WorkspaceLimits.maxGraceSeconds, what: "is no number of seconds")
  }

  /// A number as people write it, in quotes or not. YAML reads `05271` as 2745, and `1:30` as 90: nobody means that.
  private mutating func number(_ node: Node, in range: ClosedRange<Int>, what: String, mend: String? = nil) -> Int? {
    guard let value = substituted(node) else { return nil }
    let written = value.scalar?.string ?? ""
    let isDecimal = !written.isEmpty && written.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isDecimal, written.utf8.first != UInt8(ascii: "0") || written == "0", let number = Int(written), range.contains(number) {
      return number
    }
    let plain = written.drop { $0 == "0" }
    if isDecimal, written == Self.written(node), let number = Int(plain), range.contains(number) {
      report(node, "'\(written)' \(what): behind a leading zero YAML reads octal digits", mend: "write \(plain)")
    } else {
      report(
        node, "'\(Self.written(node))' \(what)",
        mend: mend ?? "write a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return nil
  }

  /// A value as it stands in the file, for an error: what a variable holds may be a secret.
  private static func written(_ node: Node) -> String { (node.scalar?.string ?? "").cut(toBytes: shownBytes, mark: "…") }

  /// How much of a value an error names.
  private static let shownBytes = 80
}

extension WorkspaceReader {
  /// The fields of a mapping by name; keys that are not allowed are reported and left out.
  private mutating func mapping(_ node: Node, what: String, allowed: [String]) -> [String: Node]? {
    guard let mapping = node.mapping else {
      report(node, "\(what) is no mapping", mend: "write fields as 'name: value'; \(what) may have \(listed(allowed))")
      return nil
    }
    var fields: [String: Node] = [:]
    for (key, value) in mapping {
      let name = key.string ?? ""
      guard allowed.contains(name) else {
        let mend =
          Spelling.closest(to: name, among: allowed).map { "did you mean '\($0)'?" }
          ?? "remove it; \(what) may have \(listed(allowed))"
        report(key, "\(what) has no field '\(name)'", mend: mend)
        continue
      }
      fields[name] = value
    }
    return fields
  }

  private func listed(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

  /// A scalar with the variables that it names put in; nil where one of them is not there, which is reported.
  private mutating func substituted(_ node: Node) -> Node? {
    guard let scalar = node.scalar else { return node }
    do throws(Substitution.Problem) {
      return .scalar(
        Node.Scalar(
          try substitute(scalar.string), scalar.style == .plain ? .implicit : scalar.tag, scalar.style, scalar.mark))
    } catch {
      report(node, error.message, mend: error.mend)
      return nil
    }
  }

  private mutating func text(_ node: Node, what: String, mend: String) -> String? {
    guard let node = substituted(node) else { return nil }
    if let text = node.scalar?.string, !text.isEmpty { return text }
    report(node, "\(what) is no text", mend: mend)
    return nil
  }

  private mutating func report(_ node: Node?, _ message: String, mend: String) {
    let mark = node.map { self.mark($0) }
    problems.append(WorkspaceProblem(line: mark?.line ?? 1, column: mark?.column ?? 1, message, mend: mend))
  }

  private func mark(_ node: Node) -> Place {
    node.mark.map { Place(line: $0.line, column: $0.column) } ?? Place(line: 1, column: 1)
  }
}
