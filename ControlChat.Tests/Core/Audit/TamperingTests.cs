using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

/// <summary>F9: whoever has the file and no key is found out, and the first bad row is named.</summary>
public sealed class TamperingTests
{
    [Fact]
    public async Task An_untouched_record_verifies()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 20);
        await hub.SignAsync(rows: 20);
        await hub.AppendAsync(5);

        var verdict = await hub.VerifyAsync();

        Assert.Equal((true, 45L, 45L, 2, (long?)null, (string?)null), (verdict.Ok, verdict.Rows, verdict.LastSeq, verdict.Checkpoints, verdict.FirstBadSeq, verdict.Problem));
        Assert.Equal(hub.Key().Id, verdict.KeyId);
        Assert.Equal((await hub.QueryAsync<string>("select hash from audit where seq = 45"))[0], verdict.LastHash);
    }

    [Fact]
    public async Task An_empty_record_verifies()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);

        Assert.Equal((true, 0L, 0L), await hub.VerifyAsync() is var v ? (v.Ok, v.Rows, v.LastSeq) : default);
    }

    [Theory]
    [InlineData("update audit set body = replace(body, 'row 7', 'row 8') where seq = 7", 7, "row_changed")]
    [InlineData("update audit set body = replace(body, 'completed', 'denied') where seq = 20", 20, "row_changed")]
    [InlineData("update audit set body = '' where seq = 7", 7, "row_changed")]
    [InlineData("update audit set body = x'00ff' where seq = 7", 7, "row_changed")]
    [InlineData("update audit set body_hash = replace(body_hash, substr(body_hash, 1, 1), 'x') where seq = 7", 7, "row_changed")]
    [InlineData("update audit set hash = upper(hash) where seq = 7", 7, "row_changed")]
    [InlineData("update audit set prev_hash = hash where seq = 7", 7, "row_changed")]
    [InlineData("delete from audit where seq = 7", 7, "gap")]
    [InlineData("delete from audit where seq = 1", 1, "gap")]
    [InlineData("delete from audit where seq between 7 and 12", 7, "gap")]
    [InlineData("delete from audit where seq >= 15", 15, "truncated")]
    [InlineData("delete from audit", 1, "truncated")]
    [InlineData("update audit set seq = 99 where seq = 20", 20, "gap")]
    [InlineData("update audit set seq = -1 where seq = 5", -1, "order")]
    public async Task A_change_of_the_rows_is_found(string sql, long firstBad, string problem)
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 20);
        hub.TamperBytes(sql);

        var verdict = await hub.VerifyAsync();

        Assert.Equal((false, firstBad, problem), (verdict.Ok, verdict.FirstBadSeq!.Value, verdict.Problem));
    }

    [Fact]
    public async Task Two_rows_that_changed_places_are_found()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 20);
        hub.Tamper("update audit set seq = 1000 where seq = 7; update audit set seq = 7 where seq = 8; update audit set seq = 8 where seq = 1000");

        var verdict = await hub.VerifyAsync();

        Assert.Equal((7L, "order"), (verdict.FirstBadSeq!.Value, verdict.Problem));
    }

    [Fact]
    public async Task A_row_squeezed_in_is_found()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 20);
        hub.Tamper("update audit set seq = seq + 1001 where seq > 6; update audit set seq = seq - 1000 where seq > 1000; insert into audit (seq, body, prev_hash, body_hash, hash) select 7, body, prev_hash, body_hash, hash from audit where seq = 3");

        var verdict = await hub.VerifyAsync();

        Assert.Equal((7L, "order"), (verdict.FirstBadSeq!.Value, verdict.Problem));
    }

    [Fact]
    public async Task A_chain_hashed_anew_from_a_row_on_is_found_at_the_next_signed_row()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 10);
        await hub.SignAsync(rows: 10);
        await hub.AppendAsync(5);
        Rehash(hub, from: 14);

        var verdict = await hub.VerifyAsync();

        Assert.Equal((20L, "checkpoint_mismatch", 1), (verdict.FirstBadSeq!.Value, verdict.Problem, verdict.Checkpoints));
        Assert.Equal(19, verdict.Rows - 1);
    }

    [Fact]
    public async Task A_row_hashed_anew_alone_is_found_by_the_one_after_it()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite, rows: 20);
        Rehash(hub, from: 14, to: 14);

        Assert.Equal((15L, "order"), await hub.VerifyAsync() is var v ? (v.FirstBadSeq!.Value, v.Problem) : default);
    }

    [Fact]
    public async Task A_record_and_checkpoints_made_anew_with_another_key_are_found_by_the_pinned_key()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 10);
        await hub.SignAsync(rows: 10);
        var pinned = hub.Key();
        await hub.Writer.StopAsync(default);
        Rehash(hub, from: 14);
        File.Delete(hub.Places.SigningKey);
        File.Delete(hub.Places.Checkpoints);
        await hub.SignAsync();

        Assert.NotEqual(pinned.Id, hub.Key().Id);
        Assert.True((await hub.VerifyAsync()).Ok);
        var verdict = await hub.VerifyAsync(pinned);
        Assert.Equal((false, 20L, "bad_signature", true), (verdict.Ok, verdict.FirstBadSeq!.Value, verdict.Problem, verdict.Pinned));
    }

    [Theory]
    [InlineData("\"last_seq\":20", "\"last_seq\":19", 19, "bad_signature")]
    [InlineData("\"n\":2", "\"n\":3", 20, "bad_signature")]
    [InlineData("\"signature\":\"", "\"signature\":\"A", 20, "bad_signature")]
    [InlineData("\"signature\":", "\"sig\":", 20, "bad_signature")]
    [InlineData("\"v\":1", "\"v\":2", 11, "checkpoint_mismatch")]
    [InlineData("\"prev\"", "", 11, "checkpoint_mismatch")]
    public async Task A_change_of_a_checkpoint_is_found(string from, string to, long firstBad, string problem)
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 10);
        await hub.SignAsync(rows: 10);
        var lines = File.ReadAllLines(hub.Places.Checkpoints);
        File.WriteAllLines(hub.Places.Checkpoints, [lines[0], lines[1].Replace(from, to, StringComparison.Ordinal)]);

        var verdict = await hub.VerifyAsync();

        Assert.Equal((firstBad, problem), (verdict.FirstBadSeq!.Value, verdict.Problem));
    }

    [Fact]
    public async Task A_checkpoint_taken_out_of_the_middle_is_found()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        for (var i = 0; i < 3; i++) await hub.SignAsync(rows: 10);
        var lines = File.ReadAllLines(hub.Places.Checkpoints);

        File.WriteAllLines(hub.Places.Checkpoints, [lines[0], lines[2]]);
        Assert.Equal((30L, "checkpoint_mismatch"), await hub.VerifyAsync() is var a ? (a.FirstBadSeq!.Value, a.Problem) : default);

        File.WriteAllLines(hub.Places.Checkpoints, [lines[1], lines[2]]);
        Assert.Equal((20L, "checkpoint_mismatch"), await hub.VerifyAsync() is var b ? (b.FirstBadSeq!.Value, b.Problem) : default);
    }

    [Theory]
    [InlineData(763)]
    public async Task Any_flipped_byte_of_any_row_is_found_where_it_is(int seed)
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite);
        await hub.SignAsync(rows: 300);
        var random = new Random(seed);
        hub.TamperBytes("select 1");
        using var connection = hub.Open();
        for (var trial = 0; trial < 120; trial++)
        {
            var seq = random.Next(1, 301);
            var column = new[] { "body", "prev_hash", "body_hash", "hash" }[random.Next(4)];
            var (before, after) = Flip(connection, seq, column, random);
            connection.Execute($"update audit set {column} = @after where seq = @seq", new { after, seq });

            var verdict = await hub.VerifyAsync();

            Assert.True(verdict.FirstBadSeq == seq && verdict.Problem == "row_changed", $"seed {seed}, trial {trial}: {column} of row {seq} gave {verdict}");
            connection.Execute($"update audit set {column} = @before where seq = @seq", new { before, seq });
        }
        Assert.True((await hub.VerifyAsync()).Ok);
    }

    private static (string Before, string After) Flip(System.Data.IDbConnection connection, long seq, string column, Random random)
    {
        var before = connection.QuerySingle<string>($"select {column} from audit where seq = @seq", new { seq });
        var at = random.Next(before.Length);
        return (before, $"{before[..at]}{(char)(before[at] ^ 1)}{before[(at + 1)..]}");
    }

    internal static void Rehash(AuditHub hub, long from, long to = long.MaxValue)
    {
        hub.Tamper("select 1");
        using var connection = hub.Open();
        var rows = connection.Query<(long Seq, string Body, string Prev)>("select seq, body, prev_hash from audit where seq between @from and @to order by seq", new { from, to }).ToList();
        var prev = rows[0].Prev;
        foreach (var row in rows)
        {
            var body = row.Seq == from ? row.Body.Replace("completed", "denied", StringComparison.Ordinal) : row.Body;
            var hash = AuditChain.Hash(prev, row.Seq, CanonicalJson.Hash(body));
            connection.Execute("update audit set body = @body, prev_hash = @prev, body_hash = @bodyHash, hash = @hash where seq = @Seq", new { body, prev, bodyHash = CanonicalJson.Hash(body), hash, row.Seq });
            prev = hash;
        }
    }
}
