using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class AuditExportTests(TestStore store)
{
    private static readonly AuditViewer Admin = new("acc_1", true);

    [Fact]
    public async Task An_export_has_header_rows_checkpoints_and_end()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 3);

        var lines = (await ExportAsync(hub)).Select(l => JsonNode.Parse(l)!.AsObject()).ToList();

        Assert.Equal(["format", "hub_id", "exported_at", "from_seq", "to_seq", "filter", "public_key"], lines[0].Select(p => p.Key));
        Assert.Equal(("controlchat-audit/1", 1, 4, hub.Key().Pem), ((string?)lines[0]["format"], (int)lines[0]["from_seq"]!, (int)lines[0]["to_seq"]!, (string?)lines[0]["public_key"]));
        Assert.Equal([1, 2, 3, 4], lines[1..5].Select(l => (int)l["seq"]!));
        Assert.Equal(3, (int)lines[5]["checkpoint"]!["last_seq"]!);
        Assert.Equal((4, 4, (string?)lines[4]["hash"]), ((int)lines[6]["end"]!["rows"]!, (int)lines[6]["end"]!["last_seq"]!, (string?)lines[6]["end"]!["last_hash"]));
        Assert.Equal(7, lines.Count);
    }

    [Fact]
    public async Task The_export_itself_is_on_the_record()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 1);
        await ExportAsync(hub, new AuditFilter { Tool = "workspace.create" });

        var body = JsonNode.Parse((await hub.QueryAsync<string>("select body from audit where seq = 2"))[0])!;

        Assert.Equal("audit.exported", (string?)body["event"]);
        Assert.Equal("""{"filter":{"tool":"workspace.create"},"format":"jsonl","from_seq":null,"to_seq":null}""", body["data"]!.ToJsonString());
    }

    [Fact]
    public async Task An_export_of_many_windows_verifies_with_the_file_alone()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 1500);
        await hub.SignAsync(rows: 900);

        var verdict = await VerifyAsync(hub, await ExportAsync(hub));

        Assert.Equal((true, 2401L, 2401L, 2, false), (verdict.Ok, verdict.Rows, verdict.LastSeq, verdict.Checkpoints, verdict.Pinned));
    }

    [Fact]
    public async Task Another_spelling_of_the_same_json_verifies()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 5);
        var respelled = (await ExportAsync(hub)).Select(l => new JsonObject(JsonNode.Parse(l)!.AsObject().Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString());

        Assert.True((await VerifyAsync(hub, [.. respelled])).Ok);
    }

    [Fact]
    public async Task A_range_is_checked_from_its_first_row()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        for (var i = 0; i < 3; i++) await hub.SignAsync(rows: 10);

        var lines = await ExportAsync(hub, from: 12, to: 25);

        Assert.Equal((true, 14L, 25L, 1), await VerifyAsync(hub, lines) is var v ? (v.Ok, v.Rows, v.LastSeq, v.Checkpoints) : default);
        Assert.Equal((true, 14L), await VerifyAsync(hub, lines, checkpoints: hub.Places.Checkpoints) is var w ? (w.Ok, w.Rows) : default);
        Assert.Equal((12L, "gap"), await VerifyAsync(hub, [.. lines[..1], .. lines[2..]]) is var x ? (x.FirstBadSeq!.Value, x.Problem) : default);
    }

    [Fact]
    public async Task A_filtered_export_says_so_and_promises_nothing_of_what_is_absent()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 5);
        await hub.AppendAsync(5, account: "acc_2");
        await hub.AppendAsync(5);

        var lines = await ExportAsync(hub, new AuditFilter { Account = "acc_2" });
        Assert.Equal((true, true, 5L, 10L), await VerifyAsync(hub, lines) is var v ? (v.Ok, v.Filtered, v.Rows, v.LastSeq) : default);

        var changed = lines.Select(l => l.Replace("row 3", "row 4", StringComparison.Ordinal)).ToList();
        Assert.Equal((8L, "row_changed"), await VerifyAsync(hub, changed) is var w ? (w.FirstBadSeq!.Value, w.Problem) : default);
    }

    [Theory]
    [InlineData("flip", 7, "row_changed")]
    [InlineData("field added", 7, "row_changed")]
    [InlineData("no json", 7, "row_changed")]
    [InlineData("delete", 7, "gap")]
    [InlineData("swap", 8, "gap")]
    [InlineData("twice", 7, "order")]
    [InlineData("rows after the last cut, end kept", 16, "truncated")]
    [InlineData("newest row cut, end kept", 21, "head_mismatch")]
    [InlineData("end cut", 22, "truncated")]
    [InlineData("end changed", 22, "head_mismatch")]
    [InlineData("checkpoint changed", 10, "bad_signature")]
    [InlineData("checkpoint cut", 20, "checkpoint_mismatch")]
    public async Task A_change_of_an_export_is_found(string how, long firstBad, string problem)
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 10);
        await hub.SignAsync(rows: 10);
        await hub.SignAsync();
        // Lines: 0 header, 1-21 rows, 22-23 checkpoints, 24 end.
        var lines = await ExportAsync(hub);
        Assert.True((await VerifyAsync(hub, lines)).Ok);
        if (how == "checkpoint cut") (lines, firstBad) = (await ThreeCheckpointsAsync(hub), 21);

        var verdict = await VerifyAsync(hub, Change(lines, how));

        Assert.Equal((firstBad, problem), (verdict.FirstBadSeq!.Value, verdict.Problem));
    }

    [Fact]
    public async Task An_export_of_a_record_signed_anew_is_found_by_the_pinned_key()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.SignAsync(rows: 10);
        var pinned = hub.Key();
        await hub.Writer.StopAsync(default);
        TamperingTests.Rehash(hub, from: 4);
        File.Delete(hub.Places.SigningKey);
        File.Delete(hub.Places.Checkpoints);
        await hub.SignAsync();

        var lines = await ExportAsync(hub);

        Assert.True((await VerifyAsync(hub, lines)).Ok);
        Assert.Equal((10L, "bad_signature"), await VerifyAsync(hub, lines, pinned) is var v ? (v.FirstBadSeq!.Value, v.Problem) : default);
    }

    [Fact]
    public async Task A_file_that_is_no_export_has_no_verdict()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        var path = Path.Combine(hub.Folder, "other.txt");
        await File.WriteAllTextAsync(path, "{}\n");

        Assert.Null(await ExportVerifier.VerifyAsync(path, null, null, default));
    }

    [Fact]
    public async Task A_member_exports_what_is_their_own()
    {
        await using var hub = await AuditHub.CreateAsync(store, rows: 3);
        await hub.AppendAsync(2, account: "acc_2");
        using var output = new MemoryStream();

        await hub.Export.WriteAsync(output, new ExportRequest("jsonl", AuditFilter.None), new AuditViewer("acc_2", false), new AuditActor("acc_2", null, null, "rest"), default);

        var rows = Lines(output)[1..^1].Select(l => JsonNode.Parse(l)!);
        Assert.All(rows, r => Assert.Equal("acc_2", (string?)r["actor"]!["account"]));
        Assert.Equal([4, 5, 6], rows.Select(r => (int)r["seq"]!));
    }

    [Fact]
    public async Task Csv_has_the_fields_in_order_and_objects_as_canonical_json()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await hub.Trail.AppendAsync(AuditHub.Entry() with { Data = new() { ["b"] = 1, ["a"] = "x,\"y\"" }, RequestId = "=cmd()" }, default);
        using var output = new MemoryStream();

        await hub.Export.WriteAsync(output, new ExportRequest("csv", AuditFilter.None, ToSeq: 1), Admin, AuditActor.System, default);

        var text = Encoding.UTF8.GetString(output.ToArray()).Split("\r\n");
        Assert.Equal("seq,id,at,event,outcome,actor,approver,tool,action_id,request_id,plan_id,plan_hash,approval_id,run_id,conversation_id,workspace_id,trace_id,policy_version,data,prev_hash,body_hash,hash", text[0]);
        Assert.Contains(""","{""account"":""acc_1"",""session"":null,""token"":null,""via"":""rest""}",,workspace.create,,'=cmd(),""", text[1], StringComparison.Ordinal);
        Assert.Contains("\"{\"\"a\"\":\"\"x,\\\"\"y\\\"\"\"\",\"\"b\"\":1}\"", text[1], StringComparison.Ordinal);
        Assert.Equal("", text[2]);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@a", "'@a")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public void A_cell_never_begins_like_a_formula(string text, string cell) => Assert.Equal(cell, AuditCsv.Cell(text));

    private static async Task<List<string>> ThreeCheckpointsAsync(AuditHub hub)
    {
        await hub.SignAsync();
        return await ExportAsync(hub);
    }

    private static List<string> Change(List<string> lines, string how)
    {
        switch (how)
        {
            case "flip": lines[7] = lines[7].Replace("row 7", "row 8", StringComparison.Ordinal); break;
            case "field added": lines[7] = lines[7].Replace("\"tool\":", "\"note\":1,\"tool\":", StringComparison.Ordinal); break;
            case "no json": lines[7] = lines[7][..50]; break;
            case "delete": lines.RemoveAt(7); break;
            case "swap": (lines[8], lines[9]) = (lines[9], lines[8]); break;
            case "twice": lines.Insert(8, lines[7]); break;
            case "rows after the last cut, end kept": lines.RemoveRange(16, 6); break;
            case "newest row cut, end kept": lines.RemoveAt(21); break;
            case "end cut": lines.RemoveAt(lines.Count - 1); break;
            case "end changed": lines[^1] = lines[^1].Replace("\"rows\":21", "\"rows\":20", StringComparison.Ordinal); break;
            case "checkpoint changed": lines[22] = lines[22].Replace("\"n\":1", "\"n\":7", StringComparison.Ordinal); break;
            case "checkpoint cut": lines.RemoveAt(24); break;
        }
        return lines;
    }

    private static async Task<List<string>> ExportAsync(AuditHub hub, AuditFilter? filter = null, long? from = null, long? to = null)
    {
        using var output = new MemoryStream();
        await hub.Export.WriteAsync(output, new ExportRequest("jsonl", filter ?? AuditFilter.None, from, to), Admin, new AuditActor("acc_1", null, null, "cli"), default);
        return Lines(output);
    }

    private static List<string> Lines(MemoryStream output) => [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static async Task<VerifyResult> VerifyAsync(AuditHub hub, List<string> lines, PublicKey? pinned = null, string? checkpoints = null)
    {
        var path = Path.Combine(hub.Folder, $"{Guid.NewGuid():n}.jsonl");
        await File.WriteAllLinesAsync(path, lines);
        return (await ExportVerifier.VerifyAsync(path, checkpoints, pinned, default))!;
    }
}

public sealed class AuditExportOnSqliteTests() : AuditExportTests(TestStore.Sqlite);

public sealed class AuditExportOnPostgresTests() : AuditExportTests(TestStore.Postgres);
