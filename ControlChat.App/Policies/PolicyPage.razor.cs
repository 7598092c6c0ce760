using System.Text.Json;
using ControlChat.App.Approvals;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Policies;

/// <summary>The policy for admins: the rules in force, a draft, what it would change, and the versions.</summary>
public sealed partial class PolicyPage : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(300);
    private readonly Lifetime _stop = new();
    private readonly Dictionary<string, string> _names = [];
    private PolicyPageState _state = null!;
    private RuleDraft? _rule;
    private string _note = "";
    private bool _unseen;
    private Task _following = Task.CompletedTask;

    /// <summary>Versions before this one are listed.</summary>
    [SupplyParameterFromQuery(Name = "before")] private long? Before { get; set; }

    [Inject] private PolicyDesk Desk { get; set; } = null!;

    [Inject] private PolicySimulator Simulator { get; set; } = null!;

    [Inject] private CardRecord Record { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private bool MaySave => _state.Fresh && (_unseen || _state.Simulation is { State: "done" });

    // Kept in the browser's tab over a sign-in: what was drafted, and why.
    private Unfinished? Unfinished => _state.Draft.IsChanged ? new Unfinished("policy", [Json.Write(_state.Draft.Rules), $"{_state.Draft.Of}", _note]) : null;

    protected override void OnInitialized() => _state = new PolicyPageState(Desk, Simulator, () => Who.Required);

    protected override Task OnParametersSetAsync() => Who.Current?.IsAdmin == true ? LoadAsync() : Task.CompletedTask;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || Who.Current?.IsAdmin != true || await Unfinished.TakeAsync(Who.Current, Js, Navigation, _stop.Token) is not { What: "policy", Fields: [var rules, var of, var note] }) return;
        await LoadAsync();
        if (DraftOf(rules, of) is { } draft)
        {
            _state.TakeUp(draft);
            _note = note;
            if (_state.Simulation is not null) _following = FollowAsync(_stop.Token);
        }
        StateHasChanged();
    }

    public void Dispose() => _stop.Dispose();

    private async Task LoadAsync()
    {
        await _state.LoadAsync(Before, _stop.Token);
        await NameAsync((_state.History?.Items ?? []).Select(v => v.SavedBy));
    }

    private void Add() => _rule = RuleDraft.New(Ids.New("rul"));

    private void Edit(PolicyRule rule) => _rule = RuleDraft.Of(rule);

    private void Put(PolicyRule rule)
    {
        _rule = null;
        _state.Put(rule);
        Announcer.Say(Texts.InDraft);
    }

    private void Discard()
    {
        _state.Discard();
        (_note, _unseen) = ("", false);
    }

    private async Task SimulateAsync()
    {
        await _state.SimulateAsync(_stop.Token);
        if (_state.Refusals.Count > 0) Announcer.Alert(string.Join(" ", _state.Refusals));
        else if (_following.IsCompleted) _following = FollowAsync(_stop.Token);
    }

    // It tells nobody how far it is: the page looks while it is open.
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, Time);
        try
        {
            while (_state.Simulation is { State: "running" } && await timer.WaitForNextTickAsync(cancellationToken)) StateHasChanged();
            if (_state.Simulation is { State: "done" } done)
            {
                await ShowChangesAsync(0);
                Announcer.Say(done.Changed == 0 ? Texts.NothingWouldChange.With(done.Replayed) : Texts.WouldChange.With(done.Changed, done.Replayed));
                await NameAsync(done.ByPerson.Select(p => p.Name));
            }
            StateHasChanged();
        }
        catch (Exception e) when (e is OperationCanceledException or UnauthorizedAccessException)
        {
            // The page was left, or the session has ended.
        }
    }

    private async Task ShowChangesAsync(int from)
    {
        await _state.ShowChangesAsync(Math.Max(0, from), _stop.Token);
        await NameAsync(_state.Changes.Select(c => c.AccountId));
    }

    private async Task SaveAsync()
    {
        if (await _state.SaveAsync(_note, _unseen, _stop.Token))
        {
            (_note, _unseen) = ("", false);
            Announcer.Say(Texts.Saved.With(_state.View!.Version));
        }
        else if (_state.Refusals.Count > 0)
        {
            Announcer.Alert(string.Join(" ", _state.Refusals));
        }
        await NameAsync([_state.View?.SavedBy, .. (_state.History?.Items ?? []).Select(v => v.SavedBy)]);
    }

    private async Task NameAsync(IEnumerable<string?> accounts)
    {
        foreach (var id in accounts.OfType<string>().Where(id => id.Length > 1 && !_names.ContainsKey(id)).Distinct().ToList())
            _names[id] = await Record.PersonAsync(id, _stop.Token);
    }

    private string PersonOf(string? account) => account is null ? Texts.TheHub : _names.GetValueOrDefault(account, account);

    private static PolicyDraft? DraftOf(string rules, string of)
    {
        try
        {
            return long.TryParse(of, System.Globalization.CultureInfo.InvariantCulture, out var version) ? new PolicyDraft(version, []) { Rules = Json.Read<List<PolicyRule>>(rules) } : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
