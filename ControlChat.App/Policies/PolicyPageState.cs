using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.App.Policies;

/// <summary>The policy in force, a draft of its rules, what that would change, and the versions. Nothing is saved but by <see cref="SaveAsync"/>.</summary>
public sealed class PolicyPageState(PolicyDesk desk, PolicySimulator simulator, Func<Principal> who)
{
    public const int ChangesShown = 25;

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    /// <summary>In force; null until loaded.</summary>
    public PolicyView? View { get; private set; }

    /// <summary>Rules can be changed now: the sign-in is recent.</summary>
    public bool Fresh { get; private set; }

    public PolicyDraft Draft { get; private set; } = new(1, []);

    /// <summary>Why the last thing asked for was not done.</summary>
    public IReadOnlyList<string> Refusals { get; private set; } = [];

    /// <summary>Another admin saved since the draft was begun: what that changed.</summary>
    public PolicyDifference? Since { get; private set; }

    /// <summary>Of exactly this draft; null: none was run, or too long ago.</summary>
    public SimulationLook? Simulation => simulator.Look(who(), Draft.Rules, Draft.Of);

    public IReadOnlyList<SimulatedChange> Changes { get; private set; } = [];

    public int ChangesFrom { get; private set; }

    public Page<PolicyVersion>? History { get; private set; }

    public bool NeedsFreshSignIn { get; private set; }

    public IReadOnlyList<PolicyTool> Tools => desk.Tools;

    public async Task LoadAsync(long? before, CancellationToken cancellationToken)
    {
        try
        {
            var view = await desk.ReadAsync(who(), cancellationToken);
            if (view is not null && (View is null || !Draft.IsChanged)) Draft = new PolicyDraft(view.Version, view.Rules);
            (View, History) = (view, await desk.HistoryAsync(who(), before, cancellationToken));
            Fresh = view is not null && await desk.IsFreshAsync(who(), cancellationToken);
            Look = PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
        catch (UnauthorizedAccessException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    /// <summary>Adds a rule or puts it in the place of the one with its id.</summary>
    public void Put(PolicyRule rule) => Change(Draft.Put(rule));

    public void Remove(string id) => Change(Draft.Remove(id));

    /// <summary>As it is in force.</summary>
    public void Restore(string id) => Change(Draft.Restore(id));

    public void Discard()
    {
        Change(new PolicyDraft(View!.Version, View.Rules));
        Since = null;
    }

    /// <summary>Takes up what was drafted before a sign-in.</summary>
    public void TakeUp(PolicyDraft draft) => Change(draft.Of == View?.Version ? draft with { Saved = View.Rules } : draft);

    public Task SimulateAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        (Changes, ChangesFrom) = ([], 0);
        Refusals = await desk.FaultsAsync(who(), Draft.Rules, cancellationToken);
        if (Refusals.Count == 0) Refusals = (await simulator.StartAsync(who(), Draft.Rules, cancellationToken)).Faults;
    });

    public void CancelSimulation() => simulator.Cancel(who());

    public Task ShowChangesAsync(int from, CancellationToken cancellationToken) => TryAsync(async () =>
        (Changes, ChangesFrom) = (await simulator.ChangesAsync(who(), from, ChangesShown, cancellationToken), from));

    /// <param name="unseen">The reader chose not to look at what would change.</param>
    public async Task<bool> SaveAsync(string note, bool unseen, CancellationToken cancellationToken)
    {
        var saved = false;
        await TryAsync(async () =>
        {
            switch (await desk.SaveAsync(who(), new PolicyProposal(Draft.Of, Draft.Rules, note, unseen), cancellationToken))
            {
                case PolicySave.Done done:
                    (View, Draft, saved, Since) = (done.View, new PolicyDraft(done.View.Version, done.View.Rules), true, null);
                    break;
                case PolicySave.Conflict conflict:
                    (View, Since) = (conflict.View, conflict.Since);
                    break;
                case PolicySave.Refused refused:
                    Refusals = refused.Faults;
                    break;
            }
        });
        if (saved) await LoadAsync(null, cancellationToken);
        return saved;
    }

    // What was listed stays: it is of the last simulation, which is shown again when the draft is what it was.
    private void Change(PolicyDraft draft) => (Draft, Refusals) = (draft, []);

    private async Task TryAsync(Func<Task> work)
    {
        (Refusals, NeedsFreshSignIn) = ([], false);
        try
        {
            await work();
        }
        catch (StaleSignInException)
        {
            (NeedsFreshSignIn, Fresh) = (true, false);
        }
        catch (Exception e) when (e is HubUnavailableException or UnauthorizedAccessException)
        {
            Refusals = [e.Message];
        }
    }
}
