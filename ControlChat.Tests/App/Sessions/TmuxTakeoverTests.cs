using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Harness;
using ControlChat.Tests.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>Terminals in tmux whose hub is killed: a process of its own, a shell in its namespace, and another process on the same data.</summary>
[Collection(TerminalCollection.Name)]
public sealed class TmuxTakeoverTests
{
    private static readonly TimeSpan _panic = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_goes_on_under_the_next_process_with_what_it_printed_meanwhile(bool killed)
    {
        await using var bed = await TakeoverBed.StartAsync();
        var id = await bed.BeginAsync();
        await bed.TypeAsync(id, "until [ -e go ]; do sleep 0.05; done; echo mean''while; touch done\r", "touch done");
        await bed.AwayAsync(killed);
        await bed.LetGoAsync();
        await bed.AgainAsync();
        await bed.UntilAsync(id, "running");
        await using (var stream = await TerminalStream.OpenAsync(bed.Client, bed.Hub.Url, id))
        {
            await stream.UntilPrintedAsync("meanwhile\r\n");
            await stream.SendAsync(new JsonObject { ["v"] = 1, ["t"] = "take_control" });
            await stream.TypeAsync("echo still''here; sleep 6000\r");
            await stream.UntilPrintedAsync("stillhere\r\n");
        }
        await bed.PanicAsync();
        await Waiting.UntilAsync(() => bed.Left(id).Count == 0, _panic, $"nothing is left of {id}");
        Assert.Equal("panic", (await bed.EndedAsync(id)).Field("end_reason"));
        var frames = await bed.WholeRecordAsync(id);
        var printed = string.Concat(frames.Where(f => f.Type == TerminalFrames.Out).Select(RecordBed.Text));
        Assert.Equal((1, 1), (printed.Split("meanwhile\r\n").Length - 1, printed.Split("stillhere\r\n").Length - 1));
        // Every sequence once. A worker that was killed may have told more than is on record: so many are left out behind it.
        Assert.Equal(frames.Select(f => f.Seq).Prepend(0).SkipLast(1), frames.Select(f => TerminalLine.First(f) - 1));
        Assert.Equal(killed ? 1 : 0, frames.Count(f => f.Type == TerminalFrames.Gap));
        await bed.CleanAsync(id);
    }

    [Fact]
    public async Task One_whose_program_ended_while_nobody_held_it_is_completed_with_its_last_words()
    {
        await using var bed = await TakeoverBed.StartAsync();
        var id = await bed.BeginAsync();
        await bed.TypeAsync(id, "until [ -e go ]; do sleep 0.05; done; echo last''words; touch done; exit 4\r", "exit 4");
        await bed.AwayAsync(killed: true);
        await bed.LetGoAsync();
        await bed.AgainAsync();
        var session = await bed.EndedAsync(id);
        Assert.Equal("completed", session.Field("end_reason"));
        var frames = await bed.WholeRecordAsync(id);
        Assert.Contains(frames, f => f.Type == TerminalFrames.Out && RecordBed.Text(f).Contains("lastwords", StringComparison.Ordinal));
        Assert.Equal("""{"reason":"completed","exit_code":4}""", Encoding.UTF8.GetString(frames[^1].Data.Span));
        await bed.CleanAsync(id);
    }

    [Fact]
    public async Task One_whose_tmux_was_ended_while_nobody_held_it_is_lost_and_says_so()
    {
        await using var bed = await TakeoverBed.StartAsync();
        var id = await bed.BeginAsync();
        await bed.TypeAsync(id, "echo be''fore\r", "before\r\n");
        await bed.AwayAsync(killed: true);
        foreach (var process in bed.Left(id)) ProcessGroup.End(process.Id);
        await bed.AgainAsync();
        var session = await bed.EndedAsync(id);
        Assert.Equal("worker_lost", session.Field("end_reason"));
        Assert.Contains("Its transcript is kept.", session.Field("error"), StringComparison.Ordinal);
        var frames = await bed.WholeRecordAsync(id);
        Assert.Contains(frames, f => f.Type == TerminalFrames.Out && RecordBed.Text(f).Contains("before\r\n", StringComparison.Ordinal));
        Assert.Equal("""{"reason":"worker_lost","exit_code":null}""", Encoding.UTF8.GetString(frames[^1].Data.Span));
        await bed.CleanAsync(id);
    }

    [Theory]
    [InlineData("update sessions set expires_at = '2026-01-01T00:00:00.000000Z' where id = @id", "expired")]
    [InlineData("update sessions set idle_at = '2026-01-01T00:00:00.000000Z' where id = @id", "idle")]
    public async Task One_whose_time_was_over_while_nobody_held_it_ends_and_leaves_nothing(string over, string reason)
    {
        await using var bed = await TakeoverBed.StartAsync();
        var id = await bed.BeginAsync();
        await bed.TypeAsync(id, "echo be''fore; sleep 6000\r", "before\r\n");
        await bed.AwayAsync(killed: true);
        bed.Meddle(over, id);
        await bed.AgainAsync();
        Assert.Equal(reason, (await bed.EndedAsync(id)).Field("end_reason"));
        await bed.CleanAsync(id);
        var frames = await bed.WholeRecordAsync(id);
        Assert.Equal(TerminalFrames.Ended, frames[^1].Type);
        Assert.Contains($"\"reason\":\"{reason}\"", Encoding.UTF8.GetString(frames[^1].Data.Span), StringComparison.Ordinal);
    }

    /// <summary>A hub whose terminals are in tmux.</summary>
    private sealed class TakeoverBed(HubProcess hub) : IAsyncDisposable
    {
        private string _workspace = "";
        private readonly List<string> _begun = [];

        public HubProcess Hub => hub;

        public HubClient Client { get; private set; } = null!;

        public static async Task<TakeoverBed> StartAsync()
        {
            var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Hub:Store"] = "sqlite", ["Sessions:Terminal:Host"] = "tmux", ["Sessions:Terminal:Commands:0"] = "bash" });
            var bed = new TakeoverBed(hub) { Client = await HubClient.SignInAsync(hub) };
            bed._workspace = (await bed.Client.CallAsync("workspace.create", new JsonObject { ["title"] = "Place" })).Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>().Split('/')[1];
            return bed;
        }

        public async Task<string> BeginAsync()
        {
            var asked = new JsonObject { ["request_id"] = string.Create(CultureInfo.InvariantCulture, $"req-takeover-{_begun.Count}"), ["workspace_id"] = _workspace, ["mode"] = "terminal", ["command"] = new JsonArray("bash") };
            var id = (await Client.PostAsync("/api/v1/sessions", asked)).Field("id")!;
            _begun.Add(id);
            await UntilAsync(id, "running");
            return id;
        }

        public async Task TypeAsync(string id, string keys, string seen)
        {
            await using var stream = await TerminalStream.OpenAsync(Client, hub.Url, id);
            // Before it is joined nothing can be typed.
            await stream.UntilAsync("out");
            await stream.TypeAsync(keys);
            await stream.UntilPrintedAsync(seen);
            await Waiting.UntilAsync(async () => string.Concat((await RecordAsync(id)).Where(f => f.Type == TerminalFrames.Out).Select(RecordBed.Text)).Contains(seen, StringComparison.Ordinal));
        }

        public async Task AwayAsync(bool killed)
        {
            if (killed) await hub.KillAsync();
            else await hub.StopAsync();
        }

        /// <summary>The program in the terminal goes on, and has by the time this is over.</summary>
        public async Task LetGoAsync()
        {
            var place = Path.Combine(hub.WorkspacesRoot, _workspace);
            await File.WriteAllTextAsync(Path.Combine(place, "go"), "");
            await Waiting.UntilAsync(() => File.Exists(Path.Combine(place, "done")));
        }

        public void Meddle(string sql, string id)
        {
            using var rows = SqliteLibrary.Open(hub.DatabasePath);
            Assert.Equal(1, rows.Execute(sql, new { id }));
        }

        public async Task AgainAsync()
        {
            await hub.StartAgainAsync();
            Client.Dispose();
            Client = await HubClient.SignInAsync(hub);
        }

        public Task UntilAsync(string id, string state) => Waiting.UntilAsync(async () => (await Client.GetAsync($"/api/v1/sessions/{id}")).Field("state") == state, TimeSpan.FromSeconds(60), $"{id} is {state}");

        public async Task<HubAnswer> EndedAsync(string id)
        {
            await UntilAsync(id, "ended");
            return await Client.GetAsync($"/api/v1/sessions/{id}");
        }

        public Task<HubAnswer> PanicAsync() => Client.PostAsync("/api/v1/sessions/panic-stop", new JsonObject { ["scope"] = "mine" });

        /// <summary>Processes that have its name on their command line: tmux, what keeps its terminal, and its namespace.</summary>
        public IReadOnlyList<ProcessEntry> Left(string id) => ProcessTable.With(id);

        /// <summary>Until nothing is left of it but its transcript, which is whole.</summary>
        public async Task CleanAsync(string id)
        {
            await Waiting.UntilAsync(() => Left(id).Count == 0 && !Directory.Exists(Path.Combine(hub.DataDirectory, "agents", id)), what: $"nothing is left of {id}");
            await Waiting.UntilAsync(() => !TranscriptFile.IsOpen(FolderOf(id)), what: $"the transcript of {id} is closed");
            var verdict = await Client.GetAsync($"/api/v1/sessions/{id}/transcript/verify");
            Assert.StartsWith("{\"ok\":true,", verdict.Text, StringComparison.Ordinal);
        }

        public async Task<IReadOnlyList<TerminalFrame>> RecordAsync(string id)
        {
            var frames = new List<TerminalFrame>();
            await foreach (var frame in RecordReader.ReadAsync(new FileParts(FolderOf(id)), 0, default)) frames.Add(frame);
            return frames;
        }

        /// <summary>Of one that has ended: the rows say so a moment before the last of it is on record.</summary>
        public async Task<IReadOnlyList<TerminalFrame>> WholeRecordAsync(string id)
        {
            IReadOnlyList<TerminalFrame> frames = [];
            await Waiting.UntilAsync(async () => (frames = await RecordAsync(id)) is [.., { Type: TerminalFrames.Ended }]);
            return frames;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await hub.DisposeAsync();
            // Of a test that failed.
            foreach (var process in _begun.SelectMany(Left)) ProcessGroup.End(process.Id);
        }

        private string FolderOf(string id) => Path.Combine(hub.DataDirectory, "transcripts", id);
    }
}
