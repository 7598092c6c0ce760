using System.Text;
using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>Transcripts of sessions of the real CLI: contracts, section 8.</summary>
public sealed class TranscriptRestTests
{
    [Fact]
    public async Task It_is_given_out_in_every_form_checked_and_searched()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = "echo out; echo sk-proj-0123456789abc; sleep 0.4" }), Reply.Text("All is done."));
        var id = await hub.BeginAsync("Go on.");
        await hub.SaidAsync(id, "All is done.");
        (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        await Waiting.UntilAsync(async () => (await VerifyAsync(hub, id)) is { } v && v["source"]!.GetValue<string>() == "file" && v["ok"]!.GetValue<bool>());
        var last = (await hub.FindAsync(id))["last_seq"]!.GetValue<long>();
        var verdict = await VerifyAsync(hub, id);
        Assert.Equal((last, last, null, null), (verdict["records"]!.GetValue<long>(), verdict["last_seq"]!.GetValue<long>(), verdict["problem"], verdict["first_bad_seq"]));

        var (type, name, records) = await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript");
        Assert.Equal(("application/x-ndjson", $"{id}.transcript.ndjson"), (type, name));
        var lines = records.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["rec"]!).ToList();
        Assert.Equal(await hub.EventsAsync(id), lines.Select(r => r.AsObject()), (a, b) => a["seq"]!.ToJsonString() == b["seq"]!.ToJsonString() && JsonNode.DeepEquals(a["data"], b["data"]));
        Assert.DoesNotContain("0123456789abc", records, StringComparison.Ordinal);
        System.IO.Directory.Delete(Path.Combine(hub.Hub.DataDirectory, "transcripts", id), recursive: true);
        Assert.Equal(records, (await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript?format=ndjson")).Text);
        Assert.Equal(records[(records.IndexOf('\n', records.IndexOf("\"seq\":2,", StringComparison.Ordinal)) + 1)..], (await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript?format=ndjson&after=2")).Text);

        var markdown = (await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript?format=md")).Text;
        Assert.Contains("\n## Turn 1: ", markdown, StringComparison.Ordinal);
        Assert.Contains("> All is done.", markdown, StringComparison.Ordinal);
        Assert.Contains("```text\nout\n", markdown, StringComparison.Ordinal);

        var document = await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript?format=json");
        Assert.Equal((id, hub.Workspace), (document["session"]!.GetValue<string>(), document["workspace"]!.GetValue<string>()));
        Assert.Equal(lines.Select(r => r.ToJsonString()), document["records"]!.AsArray().Select(r => r!.ToJsonString()));

        var found = await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/events?text=ALL%20IS");
        Assert.Equal("agent_message", Assert.Single(found["items"]!.AsArray())!["type"]!.GetValue<string>());
        Assert.Null(found["next_cursor"]);
    }

    [Fact]
    public async Task Only_who_sees_the_session_gets_it_and_bad_input_is_said()
    {
        await using var hub = await SessionHub.StartAsync();
        var id = await hub.BeginAsync();
        Assert.Equal(422, await StatusAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript?format=pdf"));
        foreach (var bad in new[] { "transcript?format=md&after=2", "transcript?after=-1", "transcript/lines?last=501", "transcript/lines?last=5&text=a" }) Assert.Equal(422, await StatusAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/{bad}"));
        Assert.Equal(422, await StatusAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/events?text="));
        Assert.Equal(401, await StatusAsync(hub.Hub.Anonymous, $"/api/v1/sessions/{id}/transcript"));
        foreach (var path in new[] { "transcript", "transcript?format=md", "transcript/verify" }) Assert.Equal(404, await StatusAsync(hub.Hub.Browser, $"/api/v1/sessions/ags_absent/{path}"));
    }

    [Fact]
    public async Task The_command_line_checks_a_session_and_a_download()
    {
        await using var hub = await SessionHub.StartAsync();
        var id = await hub.BeginAsync();
        await hub.UntilAsync(id, "idle");
        (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        var folder = Path.Combine(hub.Hub.DataDirectory, "transcripts", id);
        await Waiting.UntilAsync(() => File.Exists(Path.Combine(folder, "000001.ndjson")) && !File.Exists(Path.Combine(folder, "lock")));
        var last = (await hub.FindAsync(id))["last_seq"]!.GetValue<long>();
        Assert.Equal((0, $"ok records={last} last={last}\n"), await RunAsync(hub, "verify", id));
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["t.ndjson"], (await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript")).Text);
        Assert.Equal((0, $"ok records={last} last={last}\n"), await RunAsync(hub, "verify", "--file", temp["t.ndjson"]));
        var bytes = await File.ReadAllBytesAsync(temp["t.ndjson"]);
        bytes[^10] ^= 4;
        foreach (var path in new[] { temp["t.ndjson"], Path.Combine(folder, "000001.ndjson") }) await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal((1, $"bad seq={last} problem=record_changed\n"), await RunAsync(hub, "verify", "--file", temp["t.ndjson"]));
        Assert.Equal((1, $"bad seq={last} problem=record_changed\n"), await RunAsync(hub, "verify", id));
        Assert.Equal(1, (await RunAsync(hub, "verify", "ags_absent")).Code);
        Assert.Equal(1, (await RunAsync(hub, "verify", "--file", temp["absent"])).Code);
        Assert.Equal(64, (await RunAsync(hub, "verify")).Code);
        Assert.Equal(64, (await RunAsync(hub, "show", id)).Code);
    }

    [Fact]
    public async Task Fifty_megabytes_of_output_are_a_small_transcript()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Call("exec_command", new { cmd = "head -c 52428800 /dev/zero | tr '\\0' 'x'; echo; echo the end", yield_time_ms = 30000 }), Reply.Text("Flooded."));
        var id = await hub.BeginAsync("Go on.");
        await Waiting.UntilAsync(async () => (await hub.TextsAsync(id, "agent_message")).Contains("Flooded."), TimeSpan.FromMinutes(3), "it said Flooded.");
        var records = (await GetAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript")).Text;
        Assert.InRange(records.Length, 1_000, 512 * 1024);
    }

    private static Task<JsonObject> VerifyAsync(SessionHub hub, string id) => TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript/verify");

    private static async Task<(string? Type, string? Name, string Text)> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(200, (int)answer.StatusCode);
        return (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.FileName, Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()));
    }

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)answer.StatusCode;
    }

    private static async Task<(int Code, string Output)> RunAsync(SessionHub hub, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync(["transcript", .. args, $"--Hub:DataDirectory={hub.Hub.DataDirectory}"], output, error, CancellationToken.None);
        return (code, output.ToString());
    }
}
