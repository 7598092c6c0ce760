using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Settings;

namespace ControlChat.App.Approvals;

/// <summary>The frame's facts from the hub: who reads, what waits for them, which model answers.</summary>
internal sealed class HubShellFacts : IShellFacts, IDisposable
{
    /// <summary>How often the model's state is looked at; nobody tells when it moves.</summary>
    private static readonly TimeSpan ModelEvery = TimeSpan.FromSeconds(5);

    private readonly IApprovals _approvals;
    private readonly ApprovalFeed _feed;
    private readonly CircuitPrincipal _circuit;
    private readonly ModelClients _models;
    private readonly IHubSettings _settings;
    private readonly ITimer _timer;
    private ShellFacts _last = ShellFacts.Neutral;

    public HubShellFacts(IApprovals approvals, ApprovalFeed feed, CircuitPrincipal circuit, ModelClients models, IHubSettings settings, TimeProvider time)
    {
        (_approvals, _feed, _circuit, _models, _settings) = (approvals, feed, circuit, models, settings);
        _feed.Changed += Moved;
        _circuit.Changed += Tell;
        _timer = time.CreateTimer(_ => LookAtModel(), null, ModelEvery, ModelEvery);
    }

    public event Action? Changed;

    public async ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken)
    {
        var lite = _settings.Current.Hub.Kind == "lite";
        var reader = _circuit.Current;
        var waiting = reader is null ? 0 : await CountAsync(reader, cancellationToken);
        return _last = new ShellFacts("This hub", lite, reader is null ? null : new ShellAccount(reader.Name), waiting, Model());
    }

    public void Dispose()
    {
        _feed.Changed -= Moved;
        _circuit.Changed -= Tell;
        _timer.Dispose();
    }

    // The frame must stand even while the database does not answer; the panels say that it does not.
    private async Task<int> CountAsync(Core.Accounts.Principal reader, CancellationToken cancellationToken)
    {
        try
        {
            return await _approvals.CountWaitingAsync(reader, cancellationToken);
        }
        catch (HubUnavailableException)
        {
            return _last.WaitingForYou;
        }
    }

    private ModelFact Model() => _models.State switch
    {
        { Provider: ModelClients.Offline } => new ModelFact(Layout.ModelState.Offline, "Offline planner"),
        { Reachable: false } gone => new ModelFact(Layout.ModelState.NotReachable, $"{gone.Name} not reachable"),
        { Reachable: true } there => new ModelFact(Layout.ModelState.Reachable, $"{there.Name} reachable"),
        { } unknown => new ModelFact(Layout.ModelState.Reachable, unknown.Name),
    };

    private void LookAtModel()
    {
        if (Model() != _last.Model) Tell();
    }

    private void Moved(ApprovalsMoved moved) => Tell();

    private void Tell() => Changed?.Invoke();
}
