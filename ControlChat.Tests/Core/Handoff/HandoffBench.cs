using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;
using ControlChat.Core.Handoff;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Handoff;

/// <summary>A task handed over from a conversation, its session, and the files of its workspace; the session's events are written as its worker writes them.</summary>
internal sealed class HandoffBench : IAsyncDisposable
{
    private readonly HandoffStore _handoffs = new();
    private readonly SessionStore _sessions = new();

    private HandoffBench(WorkspaceHub hub) => (Hub, Faulty) = (hub, new FaultyDatabase(hub.Database));

    public WorkspaceHub Hub { get; }

    /// <summary>What <see cref="Following"/> works on.</summary>
    public FaultyDatabase Faulty { get; }

    public RecordedAudit Audit { get; } = new();

    public HandoffFollowing Following { get; private set; } = null!;

    public Session Session { get; private set; } = null!;

    public string Conversation { get; private set; } = "";

    public string Run { get; private set; } = "";

    public string Handoff { get; } = "hof_1";

    public string Directory => Path.Combine(Hub.Settings.Paths.WorkspacesRoot, Session.WorkspaceId);

    public static Capsule Asked(params string[] artefacts) => new("ws_1", "Create codex.chat.", null, null, null, null, artefacts);

    /// <param name="capsule">Of a workspace <c>ws_1</c>.</param>
    /// <param name="told">Whether there is a conversation.</param>
    public static async Task<HandoffBench> OpenAsync(TestStore store, Capsule capsule, bool told = true)
    {
        var bench = new HandoffBench(await WorkspaceHub.OpenAsync(store));
        bench.Following = bench.Follow();
        var service = new ConversationService(bench.Hub.Database, bench.Hub.Settings);
        bench.Conversation = (await service.CreateAsync(WorkspaceHub.Person("acc_1"), "A talk", default)).Id;
        bench.Run = Assert.IsType<PostResult.Accepted>(await service.PostAsync(WorkspaceHub.Person("acc_1"), bench.Conversation, new PostedMessage("Do it.", "request-1", "ui"), default)).RunId;
        (bench.Session, _) = await SessionBench.StartedAsync(bench.Hub.Database, SessionBench.Asked() with { ConversationId = bench.Conversation, Capsule = Json.Write(capsule), BudgetTokens = capsule.BudgetTokens });
        System.IO.Directory.CreateDirectory(bench.Directory);
        var seq = await bench.TellAsync(SessionEvents.UserMessage, new { text = capsule.ToMessage() });
        await bench.Hub.WriteAsync(async t =>
        {
            await bench._handoffs.InsertAsync(t, new HandoffRow
            {
                Id = bench.Handoff,
                SessionId = bench.Session.Id,
                WorkspaceId = "ws_1",
                ConversationId = told ? bench.Conversation : null,
                RunId = told ? bench.Run : null,
                Capsule = Json.Write(capsule),
                MessageSeq = seq,
                FollowedSeq = seq,
            }, default);
            return true;
        });
        return bench;
    }

    /// <summary>Another process that follows.</summary>
    public HandoffFollowing Follow() => new(
        Faulty, _handoffs, _sessions, new SessionEnding(_sessions, new NoApprovals(), Audit), new ConversationLog(),
        new HandoffReporting(Faulty, _sessions, new SessionBudget(Faulty, _sessions, new AccountLimits(Hub.Settings, new SettingsStore())), Hub.Settings, TimeProvider.System, NullLogger<HandoffReporting>.Instance),
        new HubAddress { PublicUrl = "https://hub.example" }, NullLogger<HandoffFollowing>.Instance);

    public Task<long> TellAsync(string type, object data) => Hub.WriteAsync(t =>
        _sessions.AppendAsync(t, Session.Id, null, [new SessionEvent(type, System.Text.Json.JsonSerializer.SerializeToNode(data, Json.Wire)!.AsObject())], default));

    public Task StateAsync(string state) => TellAsync(SessionEvents.State, new { state });

    /// <summary>A turn that says something, and what its file changes say.</summary>
    public async Task TurnAsync(string said, params (string Path, string Kind)[] files)
    {
        await StateAsync("idle");
        await StateAsync("running");
        if (files.Length > 0) await TellAsync(SessionEvents.FileChange, new { item_id = "i", status = "completed", files = files.Select(f => new { path = f.Path, kind = f.Kind, moved_to = (string?)null, diff = "+x" }) });
        await TellAsync(SessionEvents.AgentMessage, new { message_id = "m", text = said, whole = true });
        await StateAsync("idle");
    }

    public Task EndAsync(string reason, string? error = null) => Hub.WriteAsync(t => _sessions.EndAsync(t, Session.Id, reason, error, default));

    /// <summary>Follows until there is no more news.</summary>
    public async Task FollowAsync()
    {
        while (await Following.NewsAsync(default) is { Count: > 0 } news)
            foreach (var handoff in news) await Following.StepAsync(handoff, default);
    }

    public async Task<HandoffRow> RowAsync() => (await Hub.ReadAsync(r => _handoffs.FindAsync(r, Handoff, default)))!;

    public async Task<IReadOnlyList<JsonObject>> EventsAsync(string type) =>
        [.. (await Hub.ReadAsync(r => new ConversationLog().ReadAsync(r, Conversation, 0, 1000, default))).Where(e => e.Type == type).Select(e => JsonNode.Parse(e.Data)!.AsObject())];

    /// <summary>How it ended, as the conversation was told; exactly once.</summary>
    public async Task<JsonObject> FinishedAsync()
    {
        await FollowAsync();
        return Assert.Single(await EventsAsync(ConversationEvents.HandoffFinished));
    }

    public async Task<string?> ProblemAsync(string path) =>
        (string?)(await EventsAsync(ConversationEvents.HandoffFinished)).Single()["checks"]!.AsArray().Single(c => (string?)c!["path"] == path)!["problem"];

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}
