using ControlChat.App.Approvals;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Local;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Gate;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Cards over the real gate and database. Announcements reach the bus at once, as the outbox would send them.</summary>
internal sealed class CardHub : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _feeds = [];

    private CardHub(GateHub gate, LocalBus bus) => (Gate, Bus) = (gate, bus);

    public GateHub Gate { get; }

    public LocalBus Bus { get; }

    public static async Task<CardHub> CreateAsync()
    {
        var gate = await GateHub.CreateAsync();
        var hub = new CardHub(gate, new LocalBus(gate.Database, gate.Time, NullLogger<LocalBus>.Instance));
        gate.Database.Committed = said =>
        {
            foreach (var one in said.Where(a => Topics.IsStream(a.Topic))) _ = hub.Bus.AppendAsync(one.Topic, BusMessage.New($$"""{"id":"{{one.Id}}"}"""), default);
        };
        return hub;
    }

    /// <summary>The cards of one person's circuit.</summary>
    public ApprovalDesk Desk(Principal? reader = null, IApprovals? approvals = null, IBus? bus = null, TimeProvider? time = null)
    {
        var circuit = new CircuitPrincipal();
        circuit.Set(reader ?? GateHub.Ada);
        var feed = new ApprovalFeed(bus ?? Bus, Gate.Time, NullLogger<ApprovalFeed>.Instance);
        _feeds.Add(feed);
        var record = new CardRecord(Gate.Database, new AccountDirectory(Gate.Database, new AccountStore(new LinkPolicy())), new AuditReader());
        var facts = new CardFacts(Gate.Database, new WorkspaceStore(), Gate.Freezes, Gate.Get<IActionHistory>(), Gate.Get<IBatchProgress>(), record);
        return new ApprovalDesk(approvals ?? Gate.Approvals, Gate.Get<IGrants>(), Gate.Gate, facts, feed, circuit, time ?? Gate.Time);
    }

    /// <summary>Asks for something that needs a decision.</summary>
    public async Task<string> AskAsync(Principal? by = null)
    {
        await Gate.SetAsync("n1", "one", by);
        return (await Gate.CallAsync("note.drop", new { id = "n1" }, by)).ApprovalId!;
    }

    /// <summary>A batch that was approved and stopped: its first step is done, its second cannot be.</summary>
    public async Task<string> StopAsync(Principal? by = null)
    {
        await Gate.SetAsync("a", "one", by);
        object[] steps = [new { tool = "note.drop", arguments = new { id = "a" } }, new { tool = "note.set", arguments = new { id = "b", text = "break" } }];
        var asked = await Gate.CallAsync("plan.batch", new { steps }, by, via: "ui");
        await Gate.ApproveAsync(asked.ApprovalId, by);
        return asked.ApprovalId!;
    }

    /// <summary>A card that has stood open long enough to be clicked.</summary>
    public async Task<ApprovalCardState> OpenAsync(string approvalId, ApprovalDesk? desk = null)
    {
        var card = new ApprovalCardState(approvalId, desk ?? Desk(), NullLogger.Instance);
        await card.LoadAsync();
        card.Follow();
        await card.OpenAsync();
        Gate.Time.Advance(ApprovalCardState.Inert);
        return card;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var feed in _feeds) await feed.DisposeAsync();
        await Bus.DisposeAsync();
        await Gate.DisposeAsync();
    }
}
