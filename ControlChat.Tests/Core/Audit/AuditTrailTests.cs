using System.Data.Common;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class AuditTrailTests(TestStore store)
{
    private static readonly DateTimeOffset VectorTime = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private static AuditEntry Vector => new("tool.applied", "completed", new AuditActor("acc_1", null, null, "rest"))
    {
        Tool = "workspace.create",
        ActionId = "act_1",
        PlanId = "pln_1",
        RequestId = "r1",
        WorkspaceId = "ws_1",
        Data = new() { ["title"] = "Zürich" },
    };

    [Fact]
    public void The_first_vector_of_the_contract_holds()
    {
        var body = AuditBody.Write(Vector, "a1", VectorTime, policyVersion: 1);

        Assert.Equal("""{"action_id":"act_1","actor":{"account":"acc_1","session":null,"token":null,"via":"rest"},"approval_id":null,"approver":null,"at":"2026-11-21T08:00:00.000Z","conversation_id":null,"data":{"title":"Zürich"},"event":"tool.applied","id":"a1","outcome":"completed","plan_hash":null,"plan_id":"pln_1","policy_version":1,"request_id":"r1","run_id":null,"tool":"workspace.create","trace_id":null,"workspace_id":"ws_1"}""", body);
        Assert.Equal("9c7071df24536a2587900cfc33cad7ac82fe0fd5919529f745d5bc0d47de9b16", CanonicalJson.Hash(body));
        Assert.Equal("e0d4176c574af593b53747608be9e9d6d5f6a7ee066f5e901269959e78aaba10", AuditChain.Hash(AuditChain.Start, 1, CanonicalJson.Hash(body)));
    }

    [Fact]
    public void The_second_vector_of_the_contract_holds()
    {
        var body = AuditBody.Write(Vector with { Event = "tool.denied", Outcome = "denied", Data = [] }, "a2", VectorTime, policyVersion: 1);

        Assert.Equal("f40a238814fecb6d743ca02c0a33b7bc1d9f570f0cbff45a5092eb4de07184c9", CanonicalJson.Hash(body));
        Assert.Equal("0fb4b0a61e318d8d7a919ee715aaf01b3ad8a7c5ccfa4a8f196ed6b356ace5a5", AuditChain.Hash("e0d4176c574af593b53747608be9e9d6d5f6a7ee066f5e901269959e78aaba10", 2, CanonicalJson.Hash(body)));
    }

    [Fact]
    public void A_body_is_canonical_whatever_its_texts_hold()
    {
        var entry = Vector with { RequestId = "quote\" back\\ tab\t nul\0 \u001f \u2028 😀 <&>", Data = new() { ["z"] = 1, ["a"] = new JsonObject { ["é"] = null, ["e"] = new JsonArray(1.0, "x") } } };

        var body = AuditBody.Write(entry, "a1", VectorTime, 1);

        Assert.Equal(CanonicalJson.Write(JsonNode.Parse(body)), body);
        Assert.Equal(AuditBody.Keys, JsonNode.Parse(body)!.AsObject().Select(p => p.Key));
        Assert.Equal(AuditBody.ActorKeys, JsonNode.Parse(body)!["actor"]!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public async Task Rows_are_numbered_from_one_and_each_holds_the_hash_of_the_one_before()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);

        var rows = await hub.QueryAsync<(long Seq, string Prev, string Body, string BodyHash, string Hash)>("select seq, prev_hash, body, body_hash, hash from audit order by seq");

        Assert.Equal([1L, 2L, 3L], rows.Select(r => r.Seq));
        Assert.Equal([AuditChain.Start, rows[0].Hash, rows[1].Hash], rows.Select(r => r.Prev));
        Assert.All(rows, r => Assert.Equal(CanonicalJson.Hash(r.Body), r.BodyHash));
        Assert.All(rows, r => Assert.Equal(AuditChain.Hash(r.Prev, r.Seq, r.BodyHash), r.Hash));
    }

    [Fact]
    public async Task Appends_that_come_at_once_share_a_commit_and_each_has_its_row()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        var commits = 0;
        hub.Database.Committed = _ => commits++;
        Task<long>[] appends;
        using var givenUp = new CancellationTokenSource();
        Task<long> late;
        Task<long> unknown;
        await using (await hub.Database.BeginAsync(default))
        {
            // The first one waits for the writer, the others for the first.
            appends = [.. Enumerable.Range(1, 20).Select(i => hub.Trail.AppendAsync(AuditHub.Entry() with { RequestId = $"r{i}", Data = new() { ["title"] = i % 2 == 0 ? "tame" : "\0 \\u0000 \"quoted\" \U0001F600\n" } }, default))];
            late = hub.Trail.AppendAsync(AuditHub.Entry(), givenUp.Token);
            await givenUp.CancelAsync();
        }
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), await Task.WhenAll(appends));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        Assert.Equal(2, commits);

        await using (await hub.Database.BeginAsync(default))
        {
            appends = [.. Enumerable.Range(1, 5).Select(_ => hub.Trail.AppendAsync(AuditHub.Entry(), default))];
            unknown = hub.Trail.AppendAsync(AuditHub.Entry() with { Event = "nothing.known" }, default);
        }
        Assert.Equal([21L, 22L, 23L, 24L, 25L], (await Task.WhenAll(appends)).Order());
        await Assert.ThrowsAsync<ArgumentException>(() => unknown);
        Assert.Equal("r7", (await hub.QueryAsync<string>("select body from audit where seq = 7"))[0].Split("request_id\":\"")[1].Split('"')[0]);
        await hub.SignAsync();
        Assert.True((await hub.VerifyAsync()).Ok);
    }

    [Fact]
    public async Task Every_column_is_what_the_body_says()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Trail.AppendAsync(Vector with { Approver = "acc_2", Actor = new("acc_1", "tok_1", "ses_1", "rest"), RunId = "run_1", ConversationId = "conv_1", ApprovalId = "apr_1", TraceId = "t1", PlanHash = "ff" }, default);

        var row = Assert.Single(await hub.QueryAsync<AuditColumns>("select * from audit"));

        Assert.Equal(
            ("2026-11-21T08:00:00.000Z", "tool.applied", "completed", "acc_1", "workspace.create", "act_1", "run_1", "conv_1", "ws_1"),
            (row.At, row.Event, row.Outcome, row.Account, row.Tool, row.ActionId, row.RunId, row.ConversationId, row.WorkspaceId));
        // PostgreSQL 15 stores such columns, so it has only those that statements ask for.
        if (store.Dialect == SqlDialect.Postgres) return;
        Assert.StartsWith("aud_", row.Id, StringComparison.Ordinal);
        Assert.Equal(("tok_1", "ses_1", "rest", "acc_2"), (row.Token, row.Session, row.Via, row.Approver));
        Assert.Equal(
            ("r1", "pln_1", "ff", "apr_1", "t1", 1, """{"title":"Zürich"}"""),
            (row.RequestId, row.PlanId, row.PlanHash, row.ApprovalId, row.TraceId, row.PolicyVersion, row.Data));
    }

    [Fact]
    public async Task A_row_may_hold_what_no_text_column_can()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Trail.AppendAsync(Vector with { Tool = "nul\0s", Data = new() { ["title"] = "\0\0\\u0000 \\\0" } }, default);

        var row = Assert.Single(await hub.QueryAsync<StoredRow>("select seq, body, prev_hash, body_hash, hash from audit where event = 'tool.applied'"));
        Assert.Equal("nul\0s \0\0\\u0000 \\\0", $"{AuditRow.Of(row).Tool} {AuditRow.Of(row).Data["title"]}");
        Assert.True((await hub.VerifyAsync()).Ok);
    }

    [Fact]
    public async Task A_transaction_that_is_not_committed_leaves_no_row()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 1);
        await using (var transaction = await hub.Database.BeginAsync(default))
            Assert.Equal(2, await hub.Trail.AppendAsync(transaction, AuditHub.Entry(), default));

        Assert.Equal(2, await hub.Trail.AppendAsync(AuditHub.Entry(), default));
    }

    [Fact]
    public async Task Rows_appended_at_once_leave_no_gap()
    {
        await using var hub = await AuditHub.CreateAsync(store);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++) await hub.Trail.AppendAsync(AuditHub.Entry(), default);
        })));

        var seqs = await hub.QueryAsync<long>("select seq from audit order by seq");
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), seqs);
    }

    [Fact]
    public async Task Whoever_listens_hears_of_the_row_after_the_commit()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        var heard = new List<Announcement>();
        hub.Database.Committed = heard.AddRange;

        await hub.Trail.AppendAsync(AuditHub.Entry(), default);

        Assert.Equal(new Announcement(null, "stream:audit", "1"), Assert.Single(heard));
    }

    [Fact]
    public async Task An_event_that_the_contract_does_not_know_is_refused()
    {
        await using var hub = await AuditHub.CreateAsync(store);

        await Assert.ThrowsAsync<ArgumentException>(() => hub.Trail.AppendAsync(AuditHub.Entry() with { Event = "tool.aplied" }, default));
    }

    [Theory]
    [InlineData("update audit set body = body where seq = 2")]
    [InlineData("update audit set seq = 9 where seq = 2")]
    [InlineData("delete from audit where seq = 3")]
    [InlineData("delete from audit")]
    [InlineData("insert or replace into audit (seq, body, prev_hash, body_hash, hash) select seq, body, prev_hash, body_hash, hash from audit where seq = 2")]
    [InlineData("insert into audit (seq, body, prev_hash, body_hash, hash) select seq, body, prev_hash, body_hash, hash from audit where seq = 2 on conflict (seq) do update set body = excluded.body")]
    [InlineData("insert into audit (seq, body, prev_hash, body_hash, hash) select 5, body, hash, body_hash, hash from audit where seq = 3")]
    [InlineData("insert into audit (seq, body, prev_hash, body_hash, hash) select 4, body, prev_hash, body_hash, hash from audit where seq = 3")]
    [InlineData("insert into audit (body, prev_hash, body_hash, hash) select body, hash, body_hash, hash from audit where seq = 3")]
    [InlineData("insert into audit (seq, body, prev_hash, body_hash, hash) select 0, body, hash, body_hash, hash from audit where seq = 3")]
    public async Task The_database_refuses_to_change_remove_or_squeeze_in_a_row(string sql)
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);
        var before = await hub.QueryAsync<string>("select hash from audit order by seq");
        using var connection = hub.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;

        Assert.ThrowsAny<DbException>(() => command.ExecuteNonQuery());
        Assert.Equal(before, await hub.QueryAsync<string>("select hash from audit order by seq"));
    }

    [Fact]
    public async Task An_insert_cannot_say_something_else_of_a_row_than_its_body_does()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);
        using var connection = hub.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "insert into audit (seq, body, prev_hash, body_hash, hash, event, account) select 4, body, hash, body_hash, hash, 'hub.stopped', 'acc_else' from audit where seq = 3";
        if (store.Dialect == SqlDialect.Sqlite)
        {
            Assert.ThrowsAny<DbException>(() => command.ExecuteNonQuery());
            return;
        }
        command.ExecuteNonQuery();
        var said = await hub.QueryAsync<string>("select event || ' ' || coalesce(account, '-') from audit where seq > 2");
        Assert.Equal(said[0], said[1]);
    }

    private sealed record AuditColumns
    {
        public string? Id { get; init; }
        public string? At { get; init; }
        public string? Event { get; init; }
        public string? Outcome { get; init; }
        public string? Account { get; init; }
        public string? Token { get; init; }
        public string? Session { get; init; }
        public string? Via { get; init; }
        public string? Approver { get; init; }
        public string? Tool { get; init; }
        public string? ActionId { get; init; }
        public string? RequestId { get; init; }
        public string? PlanId { get; init; }
        public string? PlanHash { get; init; }
        public string? ApprovalId { get; init; }
        public string? RunId { get; init; }
        public string? ConversationId { get; init; }
        public string? WorkspaceId { get; init; }
        public string? TraceId { get; init; }
        public int PolicyVersion { get; init; }
        public string? Data { get; init; }
    }
}

public sealed class AuditTrailOnSqliteTests() : AuditTrailTests(TestStore.Sqlite);

public sealed class AuditTrailOnPostgresTests() : AuditTrailTests(TestStore.Postgres);
