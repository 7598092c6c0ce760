using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
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

    public ShellFacts Now => Facts(0);

    public async ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken) =>
        _last = Facts(_circuit.Current is { } reader ? await CountAsync(reader, cancellationToken) : 0);

    public void Dispose()
    {
        _feed.Changed -= Moved;
        _circuit.Changed -= Tell;
        _timer.Dispose();
    }

    private ShellFacts Facts(int waiting) => new(Texts.ThisHub, _settings.Current.Hub.Kind == "lite", _circuit.Current is { } reader ? new ShellAccount(reader.Name, reader.AccountId) : null, waiting, Model());

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
        { Provider: ModelClients.Offline } => new ModelFact(Layout.ModelState.Offline, Texts.OfflinePlanner),
        { Reachable: false } gone => new ModelFact(Layout.ModelState.NotReachable, Texts.NotReachable.With(gone.Name)),
        { Reachable: true } there => new ModelFact(Layout.ModelState.Reachable, Texts.Reachable.With(there.Name)),
        { } unknown => new ModelFact(Layout.ModelState.Reachable, unknown.Name),
    };

    private void LookAtModel()
    {
        if (Model() != _last.Model) Tell();
    }

    private void Moved(ApprovalsMoved moved) => Tell();

    private void Tell() => Changed?.Invoke();
}
