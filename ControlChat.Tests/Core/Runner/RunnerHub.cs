using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.Core.Runner;

/// <summary>A hub with one running worker, a scripted model and a fake gate. Opened again on the same file it is the process after a kill.</summary>
internal sealed class RunnerHub : IAsyncDisposable
{
    private readonly RunWorker _worker;
    private readonly ApprovalAnswers _answers;

    private RunnerHub(CoreHub core, ApprovalAnswers answers, RunWorker worker, RunControl control, TestSettings settings)
    {
        Core = core;
        _answers = answers;
        _worker = worker;
        Control = control;
        Settings = settings;
        Conversations = new ConversationService(core.Database, settings);
    }

    public static Principal Mara { get; } = TestPrincipals.Person("acc_mara");

    public CoreHub Core { get; }

    public RunControl Control { get; }

    public TestSettings Settings { get; }

    public ConversationService Conversations { get; }

    /// <param name="through">The worker's way to the database, where it has one of its own.</param>
    /// <param name="clock">The worker's own, where it is not the database's.</param>
    public static async Task<RunnerHub> StartAsync(TestStore store, IModelSource model, FakeGate gate, TimeProvider? time = null, StoredRows? rows = null, FakePrincipals? principals = null, TestSettings? settings = null, Func<HubDatabase, HubDatabase>? through = null, TimeProvider? clock = null)
    {
        time ??= TimeProvider.System;
        settings ??= new TestSettings();
        principals ??= new FakePrincipals();
        var core = rows is null ? await CoreHub.OpenAsync(store, time) : await CoreHub.ReopenAsync(rows, time);
        var log = new ConversationLog();
        var journal = new RunJournal(core.Database, log);
        var answers = new ApprovalAnswers(core.Database, journal, gate, principals, NullLogger<ApprovalAnswers>.Instance);
        var tools = new ToolStep(gate, gate, time);
        var briefing = new Briefing(settings, new SettingBook(HubConfigurationTests.Load("{}"), new SettingsStore()), new AccountLimits(settings, new SettingsStore()), tools);
        var executor = new RunExecutor(core.Database, journal, new ModelStep(core.Bus, time, NullLogger<ModelStep>.Instance), tools, briefing, model, principals, settings, time,
            NullLogger<RunExecutor>.Instance);
        var worker = new RunWorker(through?.Invoke(core.Database) ?? core.Database, core.Bus, executor, journal, answers, settings, new WorkerPulse(time), clock ?? time, NullLogger<RunWorker>.Instance);
        var hub = new RunnerHub(core, answers, worker, new RunControl(core.Database, log, gate, journal), settings);
        await core.StartAsync();
        await worker.StartAsync(CancellationToken.None);
        return hub;
    }

    public async Task<string> NewAsync() => (await Conversations.CreateAsync(Mara, "test", CancellationToken.None)).Id;

    private int _request;

    public async Task<string> SayAsync(string conversation, string text, Principal? by = null)
    {
        var via = by is { IsToken: true } ? "rest" : "ui";
        var posted = await Conversations.PostAsync(by ?? Mara, conversation, new PostedMessage(text, $"req-{Guid.NewGuid():n}-{++_request}", via), CancellationToken.None);
        return ((PostResult.Accepted)posted).RunId;
    }

    public Task DecidedAsync(string approval) => _answers.HandleAsync(approval, CancellationToken.None);

    public async Task<Run> RunAsync(string run) => (await Conversations.FindAsync(Mara, (await ConversationOfAsync(run))!, null, CancellationToken.None))!.Runs.Single(r => r.Id == run);

    public async Task<Run> UntilAsync(string run, string status)
    {
        await Waiting.UntilAsync(async () => (await RunAsync(run)).Status == status, what: $"{run} is {status}");
        return await RunAsync(run);
    }

    public async Task<List<(string Type, JsonObject Data)>> EventsAsync(string conversation)
    {
        await using var reader = await Core.Database.ReadAsync(CancellationToken.None);
        var events = await new ConversationLog().ReadAsync(reader, conversation, 0, 1000, CancellationToken.None);
        return [.. events.Select(e => (e.Type, JsonNode.Parse(e.Data)!.AsObject()))];
    }

    /// <summary>Ends as a kill does: no goodbye, the rows stay as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(CancellationToken.None);
        _worker.Dispose();
        await Core.DisposeAsync();
    }

    private Task<string?> ConversationOfAsync(string run) => Core.ReadAsync<string>("select conversation_id from runs where id = @run", new { run });
}
