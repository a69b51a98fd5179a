// SPDX-License-Identifier: Apache-2.0

import AssetModel
import ControlPlaneAPI
import Testing

// Lists of runs and versions.

extension APITests {
  @Test func `runs are listed by what is asked about them`() async throws {
    try await withTeam { client in
      let (run, _) = try await Self.materializeAll(client)
      let detail = try await client.run(run)
      for (query, isFound) in [
        (RunQuery(state: .failed), true), (RunQuery(state: .running), false), (RunQuery(cause: "manual"), true),
        (RunQuery(cause: "team/nightly"), false), (RunQuery(cause: "schedule"), false), (RunQuery(checksOnly: true), false),
        (RunQuery(checksOnly: false), true), (RunQuery(asset: "team/copies", partition: "b"), true),
        (RunQuery(asset: "team/copies", partition: "z"), false), (RunQuery(location: "team"), true),
        (RunQuery(location: "other"), false), (RunQuery(since: detail.run.createdAt), true),
        (RunQuery(until: detail.run.createdAt), false),
      ] {
        #expect(try await client.runs(query, limit: 10).items.map(\.id) == (isFound ? [run] : []), "\(query)")
      }
    }
  }

  @Test func `versions are listed with what they were made from, and any that is kept is shown`() async throws {
    try await withTeam { client in
      let (run, _) = try await Self.materializeAll(client)
      let letters = try await client.versions(of: "team/letters", partition: "b")
      #expect(letters.map { "\($0.number) \($0.state) \($0.current) \($0.run)" } == ["1 rejected false \(run)"])
      let copies = try await client.versions(of: "team/copies", partition: "latest")
      #expect(copies.map(\.partition) == ["c"] && copies.map(\.current) == [true])
      #expect(copies.first?.inputs == [.init(asset: "team/letters", partition: "c", version: 1, binding: "gated")])
      #expect(copies.first?.omitted == 0)

      let aside = try await client.preview("team/letters", partition: "b", version: 1, limit: 5)
      #expect(aside.state == "rejected" && aside.version == 1)
      #expect(try await client.preview("team/letters", partition: "latest", limit: 5).partition == "c")
      #expect(try await client.asset("team/letters", columns: true).columns == [.init(name: "row")])
      #expect(try await client.asset("team/letters").columns == nil)
      for (body, words) in [
        ({ _ = try await client.preview("team/letters", partition: "b", limit: 5) }, "has no promoted version"),
        ({ _ = try await client.preview("team/letters", partition: "b", version: 9, limit: 5) }, "there is no v9 of "),
        ({ _ = try await client.versions(of: "team/letters") }, "has partitions"),
        ({ _ = try await client.versions(of: "team/letters", partition: "z") }, "has no partition 'z'"),
        ({ _ = try await client.versions(of: "team/total", partition: "latest") }, "has no partition 'latest'"),
      ] as [(() async throws -> Void, String)] {
        let refusal = await #expect(throws: APIError.self) { try await body() }
        #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "")")
      }
    }
  }
}
