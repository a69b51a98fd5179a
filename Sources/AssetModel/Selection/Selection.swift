// SPDX-License-Identifier: Apache-2.0

/// Which assets a person or a schedule means: `weather/hourly+`, `group:reports`, `+insights/*`, `*`, joined by commas.
///
/// A leading `+` adds all ancestors, a trailing `+` all descendants. Only the syntax lives here; the graph resolves it.
public struct Selection: Hashable, Sendable, CustomStringConvertible {
  /// One of the parts between commas.
  public struct Clause: Hashable, Sendable {
    /// What a clause names, before ancestors and descendants are added.
    public enum Term: Hashable, Sendable {
      case all
      case key(AssetKey)
      /// Every key below a prefix, at any depth.
      case below(AssetKey)
      case group(String)
    }

    public let term: Term
    public let ancestors: Bool
    public let descendants: Bool

    public init(_ term: Term, ancestors: Bool = false, descendants: Bool = false) {
      self.term = term
      self.ancestors = ancestors
      self.descendants = descendants
    }
  }

  public let clauses: [Clause]
  public let description: String

  public static let all = Selection(clauses: [Clause(.all)], description: "*")

  private init(clauses: [Clause], description: String) {
    self.clauses = clauses
    self.description = description
  }

  /// Selects exactly the given keys.
  public init(keys: [AssetKey]) {
    self.init(clauses: keys.map { Clause(.key($0)) }, description: keys.map(\.description).joined(separator: ","))
  }

  /// Parses a selection.
  ///
  /// - Throws: ``ModelError`` with code ``ModelError/Code/malformedSelection``, naming the part and the mend.
  ///   One of more than ``Limits/selectionLength`` bytes or ``Limits/selectionClauses`` clauses is refused before it is read.
  public init(_ text: String) throws(ModelError) {
    guard text.utf8.count <= Limits.selectionLength else {
      throw ModelError(
        .malformedSelection, "the selection has \(text.utf8.count) bytes; at most \(Limits.selectionLength) (selectionLength)")
    }
    let count = text.utf8.lazy.filter { $0 == UInt8(ascii: ",") }.count + 1
    guard count <= Limits.selectionClauses else {
      throw ModelError(
        .malformedSelection, "the selection has \(count) clauses; at most \(Limits.selectionClauses) (selectionClauses)")
    }
    var clauses: [Clause] = []
    var seen: Set<Clause> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let clause = try Self.clause(part.trimmingSpaces())
      // Said twice it means the same, and is not looked up again.
      if seen.insert(clause).inserted { clauses.append(clause) }
    }
    self.init(clauses: clauses, description: text)
  }

  private static func clause(_ text: Substring) throws(ModelError) -> Clause {
    var body = text
    let ancestors = body.hasPrefix("+")
    if ancestors { body.removeFirst() }
    let descendants = body.hasSuffix("+")
    if descendants { body.removeLast() }
    return Clause(try term(body, in: text), ancestors: ancestors, descendants: descendants)
  }

  private static func term(_ body: Substring, in text: Substring) throws(ModelError) -> Clause.Term {
    if body == "*" { return .all }
    if body.hasPrefix("group:") {
      let group = body.dropFirst("group:".count)
      if !group.isEmpty { return .group(String(group)) }
    }
    do {
      if body.hasSuffix("/*") { return .below(try AssetKey(body.dropLast(2))) }
      return .key(try AssetKey(body))
    } catch {
      throw ModelError(
        .malformedSelection,
        "selection '\(text.quoted)': \(error.message); write a key, 'prefix/*', 'group:NAME' or '*', with '+' for ancestors or descendants"
      )
    }
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> Substring {
    var result = drop { $0 == " " }
    while result.last == " " { result.removeLast() }
    return result
  }
}

extension Selection: Codable {
  public init(from decoder: any Decoder) throws {
    self = try Selection(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
