using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A terminal's transcript in the archive, through the doors of a hub: contracts, section 8.</summary>
public sealed class TerminalArchiveRestTests
{
    private static readonly string[] Faces = ["transcript", "transcript?format=json", "transcript?format=md", "transcript?format=cast", "transcript?format=asciicast", "transcript/lines", "transcript/lines?text=LINE%207", "transcript/lines?last=500"];

    [Fact]
    public async Task Every_face_of_it_is_the_same_when_the_file_is_gone()
    {
        await using var hub = await TerminalHub.StartRecordedAsync("--Sessions:ArchiveTranscripts=true");
        var id = await EndedAsync(hub);
        var before = new List<string>();
        foreach (var face in Faces) before.Add(await GetAsync(hub, id, face));
        Assert.All(before, b => Assert.Contains("ine 7", b.Replace("bGluZSA3", "line 7", StringComparison.Ordinal), StringComparison.Ordinal));
        Directory.Delete(FolderOf(hub, id), recursive: true);
        for (var i = 0; i < Faces.Length; i++) Assert.Equal(before[i], await GetAsync(hub, id, Faces[i]));
        Assert.Equal("archive", (await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript/verify"))["source"]!.GetValue<string>());
        var ended = hub.Hub.Services.GetRequiredService<IEndedTerminals>();
        Assert.Equal(TerminalFrames.Ended, (await ended.ReadAsync(id, 0, default).LastAsync()).Type);
        var (code, output) = await RunAsync("transcript", "verify", id, $"--Hub:DataDirectory={hub.Hub.DataDirectory}");
        Assert.Equal(0, code);
        Assert.EndsWith(" from the archive in the database: no whole file of it is here\n", output, StringComparison.Ordinal);

        // A backup takes the rows along.
        using var temp = new TempFolder();
        Assert.Equal(0, (await RunAsync("backup", "--output", temp["copy"], $"--Hub:DataDirectory={hub.Hub.DataDirectory}")).Code);
        await using var copy = SqliteLibrary.Open(Directory.EnumerateFiles(temp["copy"], "hub.db", SearchOption.AllDirectories).Single());
        await using var count = copy.CreateCommand();
        count.CommandText = "select count(*) from terminal_archives where state = 'whole'";
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_damaged_copy_is_said_and_nothing_of_it_is_given_out()
    {
        await using var hub = await TerminalHub.StartRecordedAsync("--Sessions:ArchiveTranscripts=true");
        var id = await EndedAsync(hub);
        Directory.Delete(FolderOf(hub, id), recursive: true);
        await hub.Database.WriteAsync(t => t.ExecuteAsync("update terminal_archive_pieces set data = @data where session_id = @id", new { id, data = new byte[] { 1, 2, 3 } }, default));
        foreach (var face in Faces)
        {
            using var answer = await hub.Hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{id}/{face}", UriKind.Relative));
            Assert.Equal(500, (int)answer.StatusCode);
            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Contains($"The archived transcript of {id} is damaged: piece 1 is not as it was stored.", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
        Assert.Equal("archive_damaged", (await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/transcript/verify"))["problem"]!.GetValue<string>());
        Assert.Equal((1, "bad seq=1 problem=archive_damaged\n"), await RunAsync("transcript", "verify", id, $"--Hub:DataDirectory={hub.Hub.DataDirectory}"));
    }

    private static async Task<string> EndedAsync(TerminalHub hub)
    {
        var (id, process) = await hub.BeginAsync();
        for (var line = 0; line < 40; line++) process.Print($"line {line}\r\n");
        await using (var view = await hub.JoinAsync(id))
            await view.ReadAsync(0, default).FirstAsync(f => f.Type == TerminalFrames.Out);
        process.Exit(0);
        await hub.UntilAsync(id, "ended");
        var archive = hub.Hub.Services.GetRequiredService<TerminalArchive>();
        await Waiting.UntilAsync(async () => await archive.FindAsync(id, default) is not null);
        return id;
    }

    private static string FolderOf(TerminalHub hub, string id) => Path.Combine(hub.Hub.DataDirectory, "transcripts", id);

    private static async Task<string> GetAsync(TerminalHub hub, string id, string face)
    {
        using var answer = await hub.Hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{id}/{face}", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 200, text);
        return text;
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync(args, output, error, CancellationToken.None);
        return (code, output.ToString());
    }
}
