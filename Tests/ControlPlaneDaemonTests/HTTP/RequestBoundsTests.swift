// SPDX-License-Identifier: Apache-2.0

import ControlPlaneAPI
import ControlPlaneDaemon
import Testing

/// Numbers, texts and bodies at the edges of what may be asked, and beyond them.
@Suite("Bounds on requests", .timeLimit(.minutes(10)))
struct RequestBoundsTests {
  private let sockets: Sockets

  init() throws { sockets = try Sockets() }

  private func serve(_ body: @escaping @Sendable (Int, ControlPlaneClient) async throws -> Void) async throws {
    try await RunningAPI.serve(try sockets.workspace([])) { client, _ in
      try await body(try #require(client.url.split(separator: ":").last.flatMap { Int($0) }), client)
      #expect(try await client.status().problems.isEmpty)
    }
  }

  @Test func `every parameter has bounds, and none of them ends the daemon`() async throws {
    let most = "9223372036854775807"
    let beyond = ["9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "1e3", "0x1", "٣", "%00", "+1%0A"]
    var asked: [(target: String, status: Int)] = []
    for number in beyond {
      for target in [
        "/v1/events?after=", "/v1/runs?before=", "/v1/partitions?asset=a/b&offset=", "/v1/checks?asset=a/b&offset=",
        "/v1/runs/1/steps?from=", "/v1/runs/1/events?after=", "/v1/runs?limit=", "/v1/runs/1?wait=",
        "/v1/preview?asset=a/b&limit=",
      ] { asked.append((target + number, 400)) }
      asked.append(("/v1/runs/\(number)", 400))
    }
    for number in ["0", "1", most] {
      asked += [
        ("/v1/runs?before=\(number)", 200), ("/v1/partitions?asset=a/b&offset=\(number)", 404),
        ("/v1/checks?asset=a/b&offset=\(number)", 404), ("/v1/runs/1/steps?from=\(number)", 404), ("/v1/runs/\(number)", 404),
        ("/v1/runs/\(number)/events?after=\(number)", 404),
      ]
    }
    asked += [("/v1/events?after=\(most)", 410), ("/v1/events?after=0&incarnation=\(String(repeating: "x", count: 5_000))", 400)]
    let long = String(repeating: "x", count: 5_000)
    asked += [
      ("/v1/runs?limit=1000", 200), ("/v1/runs?limit=1001", 400), ("/v1/runs?limit=0", 400), ("/v1/runs?limit=\(most)", 400),
      ("/v1/runs/1?wait=301", 400), ("/v1/preview?asset=a/b&limit=1001", 400), ("/v1/asset?asset=\(long)", 400),
      ("/v1/asset", 400), ("/v1/asset?asset=%FF", 400), ("/v1/asset?asset=%", 400), ("/v1/asset?asset=a%00b", 400),
      ("/v1/why?asset=a/b&partition=\(long)", 400), ("/v1/partitions?asset=a/b&state=\(long)", 400),
      ("/v1/assets?selection=\(String(repeating: "*,", count: 9_000))*", 400), ("/v1/runs/%FF", 400), ("/v1/runs/%00", 400),
      ("/v1/runs/%2F..%2F1", 400), ("/v1/runs/1%2Fevents", 400), ("/v1/nothing/%", 404), ("/%00", 404), ("//", 404),
    ]
    let all = asked
    try await serve { port, _ in
      for (target, status) in all {
        let answer = try await RawClient.ask(port, target)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(target.prefix(100)): \(answer.prefix(400))")
      }
    }
  }

  @Test(arguments: ["/v1/events?after=0", "/v1/events"])
  func `a stream begins anywhere within bounds`(target: String) async throws {
    try await serve { port, _ in
      let client = try await RawClient(port)
      try await client.get(target, headers: "Last-Event-ID: 18446744073709551615\r\n")
      #expect(await client.read(until: ": stream\n\n").hasPrefix("HTTP/1.1 200 "))
      await client.close()
    }
  }

  @Test func `bodies are bounded before anything is made of them`() async throws {
    let deep = String(repeating: "[", count: 1_000_000)
    let objects = String(repeating: "{\"a\":", count: 100_000)
    let wide = "{\"launches\": [" + String(repeating: "0,", count: 1_000_000) + "0]}"
    let large = "\"" + String(repeating: "x", count: 5 << 20) + "\""
    let key = #"{"selection": "*", "client_key": "a\u0007b"}"#
    let escape = #"{"selection": "*", "client_key": "\u001b[2J"}"#
    let stars = "{\"selection\": \"\(String(repeating: "*,", count: 9_000))*\"}"
    let spans = "{\"selection\": \"*\", \"partitions\": \"\(String(repeating: "a,", count: 200_000))a\"}"
    let bodies = [
      ("", 400), ("[", 400), (deep, 400), (objects, 400), (wide, 413), (large, 413), (key, 400), (escape, 400), (stars, 400),
      (spans, 400), ("{\"selection\": \"*\"}\u{0}", 400), (#"{"selection": "\ud800"}"#, 400),
    ]
    try await serve { port, client in
      for target in ["/v1/runs", "/v1/launches", "/v1/backups"] {
        for (body, status) in bodies where status == 413 || target == "/v1/runs" || !body.contains("selection") {
          let answer = try await RawClient.post(port, target, body)
          #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(target) \(body.prefix(60)): \(answer.prefix(300))")
        }
      }
      // In a batch each is refused on its own.
      let answers = try await client.launch([
        LaunchRequest(selection: "*", clientKey: "a\u{7}b"),
        LaunchRequest(selection: String(repeating: "*,", count: 9_000) + "*"),
      ])
      #expect(answers.map(\.error?.code) == [.badRequest, .badRequest])
    }
  }

  /// One letter and marks of two classes, which canonical form puts in order: comparing a megabyte of them takes minutes.
  private static func mixed(_ bytes: Int) -> String {
    "a" + String(repeating: "\u{315}", count: bytes / 4) + String(repeating: "\u{316}", count: bytes / 4)
  }

  @Test func `texts that take long to compare are refused in a body, as they are or as escapes`() async throws {
    let (marks, much) = (Self.mixed(200_000), Self.mixed(3 << 20))
    let escaped = "a" + String(repeating: "\\u0315", count: 200_000) + String(repeating: "\\u0316", count: 200_000)
    let bodies = [
      "{\"selection\":\"x\",\"partitions\":\"l\(marks)\"}", "{\"selection\":\"\(marks)\"}", "{\"\(much)\":1}",
      "{\"\(escaped)\":1}",
      "{\"selection\":\"x\",\"partitions\":\"\(escaped.dropLast(6))\"}",
      "{\"launches\":[{\"selection\":\"x\",\"client_key\":\"\(Self.mixed(200))\"}]}",
    ]
    try await serve { port, _ in
      for target in ["/v1/runs", "/v1/launches", "/v1/backups"] {
        for body in bodies {
          let answer = try await RawClient.post(port, target, body)
          #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("combiningMarks"), "\(target): \(answer.prefix(300))")
        }
      }
    }
  }

  @Test func `texts that take long to compare are refused in a head, as they are or percent-encoded`() async throws {
    let marks = Self.mixed(28_000)
    let encoded = "a" + String(repeating: "%CC%95", count: 2_000) + String(repeating: "%cc%96", count: 2_000)
    try await serve { port, _ in
      for name in ["Connection", "Origin", "Sec-Fetch-Site", "Content-Type", "X-Any"] {
        let client = try await RawClient(port)
        try await client.get("/healthz", headers: "\(name): \(marks)\r\n")
        let answer = await client.rest()
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("combiningMarks"), "\(name): \(answer.prefix(300))")
      }
      for target in ["/v1/asset?asset=\(encoded)", "/v1/asset?\(encoded)=a", "/v1/runs/\(encoded)", "/\(encoded)"] {
        let answer = try await RawClient.ask(port, target)
        #expect(
          answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("combiningMarks"), "\(target.prefix(30)): \(answer.prefix(300))")
      }
      let metrics = try await RawClient.ask(port, "/metrics")
      #expect(metrics.contains("sluice_http_refused_total{limit=\"marks\"} 9"))
      // Text of any language is fine where a header may hold it.
      let fine = try await RawClient.ask(port, "/healthz", headers: "Cookie: name=\(String(repeating: "é각漢", count: 100))\r\n")
      #expect(fine.hasPrefix("HTTP/1.1 200 "), "\(fine.prefix(300))")
    }
  }

  @Test(arguments: [
    [UInt8]("{\"selection\":\"*\"}".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }), [0xFF, 0xFE, 0x31, 0x01],
  ])
  func `a body that is not in UTF-8 is refused: a decoder would read it otherwise than its bounds are checked`(body: [UInt8]) {
    let error = #expect(throws: APIError.self) { try JSONShape(body).check() }
    #expect(error?.message.contains("not in UTF-8") == true)
  }

  @Test func `depth and values of JSON are counted as they stand, whatever is in its strings`() {
    #expect(JSONShape(#"{"a": [1, {"b": "]]]}}}"}], "c": "\"[[["}"#.utf8) == JSONShape(#"{"a":[0,{"b":0}],"c":0}"#.utf8))
    #expect(JSONShape(#"{"a": [1, {"b": 1}]}"#.utf8).depth == 3)
    #expect(JSONShape("]]]][[".utf8).depth == 2)
    #expect(JSONShape("[1,2,3]".utf8).values == 4)
    #expect(throws: APIError.self) { try JSONShape(String(repeating: "[", count: 17).utf8).check() }
    #expect(throws: Never.self) { try JSONShape(String(repeating: "[", count: 16).utf8).check() }
  }
}
