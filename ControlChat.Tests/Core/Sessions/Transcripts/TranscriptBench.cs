using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Local;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>Sessions with events, and what writes and reads their transcripts in one process.</summary>
internal sealed class TranscriptBench : IAsyncDisposable
{
    private static readonly SessionStore _sessions = new();
    private readonly HubDatabase _database;
    private readonly LocalBus _bus;
    private readonly TranscriptShelf _shelf;

    public TranscriptBench(HubDatabase database, string directory, TimeProvider? time = null)
    {
        (_database, Directory) = (database, directory);
        var clock = time ?? TimeProvider.System;
        _bus = new LocalBus(database, clock, NullLogger<LocalBus>.Instance);
        // As the outbox does it after a commit.
        database.Committed = told =>
        {
            foreach (var one in told) _ = _bus.AppendAsync(one.Topic, BusMessage.New(new JsonObject { ["id"] = one.Id }.ToJsonString()), default);
        };
        var paths = new HubPaths(directory, $"{directory}-w", $"{directory}-w/local", $"{directory}-c");
        var ready = new TranscriptReady(database, _sessions, new WebhookOutbox(Webhooks, new WebhookStore()));
        Recorder = new TranscriptRecorder(database, _bus, _sessions, Redactor, paths, ready, clock, NullLogger<TranscriptRecording>.Instance);
        _shelf = new TranscriptShelf(database, Settings);
        Keeper = new TranscriptKeeper(database, _sessions, _shelf, Recorder, ready, paths, clock, NullLogger<TranscriptKeeper>.Instance);
    }

    public string Directory { get; }

    /// <summary>Who is told; one that is told of nothing but whole transcripts.</summary>
    public static WebhookEndpoints Webhooks { get; } = new([new WebhookEndpoint("archive", new Uri("https://archive.example"), [WebhookEvents.TranscriptReady], "not used here")], AllowPrivate: false);

    public Redactor Redactor { get; } = new();

    public TestSettings Settings { get; } = new();

    public TranscriptRecorder Recorder { get; }

    public TranscriptKeeper Keeper { get; }

    public async Task<Session> BeginAsync() => (await SessionBench.StartedAsync(_database, SessionBench.Asked())).Session;

    /// <returns>The sequence of the last one.</returns>
    public Task<long> SayAsync(string id, params string[] texts) => AppendAsync(id, [.. texts.Select(t => new SessionEvent(SessionEvents.System, new JsonObject { ["text"] = t }))]);

    public Task<long> AppendAsync(string id, params SessionEvent[] events) => _database.WriteAsync(t => _sessions.AppendAsync(t, id, null, events, default));

    public async Task<SessionTranscript> TranscriptAsync(string id) =>
        new(await SessionBench.ReadAsync(_database, id), Recorder.FolderOf(id), () => new TranscriptSource(_database, _sessions, Redactor, id));

    public async Task<byte[]> RecordsAsync(string id)
    {
        using var all = new MemoryStream();
        await (await TranscriptAsync(id)).WriteRecordsAsync(all, default);
        return all.ToArray();
    }

    /// <summary>Of its file, all parts together.</summary>
    public byte[] File(string id) => [.. TranscriptFile.Parts(Recorder.FolderOf(id)).SelectMany(System.IO.File.ReadAllBytes)];

    public Task WrittenAsync(string id, long seq) => Waiting.UntilAsync(() => File(id) is { Length: > 0 } bytes && bytes.Count(b => b == '\n') == seq, null, $"{seq} records are on disk");

    public async Task<long> EventsAsync(string id)
    {
        await using var reader = await _database.ReadAsync(default);
        return await reader.FindAsync<long>("select count(*) from session_events where session_id = @id", new { id }, default);
    }

    public async ValueTask DisposeAsync()
    {
        Keeper.Dispose();
        await _bus.DisposeAsync();
    }
}
