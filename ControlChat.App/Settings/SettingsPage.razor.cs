using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Settings;

/// <summary>One's own settings, those of the hub, the operator's, and one's keys. What may be changed is changed through the gate.</summary>
public sealed partial class SettingsPage : IDisposable
{
    private static LinkTab[] Own =>
    [
        new(SettingsSection.You, Texts.SectionYou, SettingsSection.Href(SettingsSection.You)), new(SettingsSection.Hub, Texts.SectionHub, SettingsSection.Href(SettingsSection.Hub)),
        new(SettingsSection.SignIn, Texts.SectionSignIn, SettingsSection.Href(SettingsSection.SignIn)), new(SettingsSection.Keys, Texts.SectionKeys, SettingsSection.Href(SettingsSection.Keys)),
        new(SettingsSection.Operator, Texts.SectionOperator, SettingsSection.Href(SettingsSection.Operator)),
    ];

    private static LinkTab[] Admins =>
        [.. Own[..^1], new(SettingsSection.People, Texts.People, SettingsSection.Href(SettingsSection.People)), new(SettingsSection.Servers, Texts.ToolServers, SettingsSection.Href(SettingsSection.Servers)), Own[^1]];

    private readonly Lifetime _stop = new();
    private readonly Dictionary<string, string> _names = [];
    private SettingsPageState _state = null!;
    private LinkTab[] _sections = Own;
    private string _section = SettingsSection.You;

    [Inject] private IToolGate Gate { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private AccountDirectory Accounts { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Parameter] public string? Section { get; set; }

    private bool Admin => Who.Current?.IsAdmin == true;

    protected override void OnInitialized() => _state = new SettingsPageState(Gate, () => Who.Required);

    protected override async Task OnParametersSetAsync()
    {
        _section = SettingsSection.Of(Section);
        _sections = Admin ? Admins : Own;
        if (_state.Look == PanelLook.Loading) await LoadAsync();
    }

    public void Dispose()
    {
        _stop.Dispose();
    }

    private async Task LoadAsync()
    {
        await _state.LoadAsync(_stop.Token);
        foreach (var id in _state.All.Select(s => s.ChangedBy).OfType<string>().Distinct().Where(id => !_names.ContainsKey(id)).ToList())
            _names[id] = id == Who.Current?.AccountId ? Texts.WordYou : (await Accounts.FindAsync(id, _stop.Token))?.Name ?? id;
    }

    private async Task SetAsync(SettingView setting, string? value)
    {
        Announce(Announcer, await _state.SetAsync(setting.Key, value, _stop.Token));
        await AfterAsync(setting.Key);
    }

    private async Task UndoAsync(SettingView setting)
    {
        Announce(Announcer, await _state.UndoAsync(setting.Key, _stop.Token));
        await AfterAsync(setting.Key);
    }

    // This browser follows at once; its own copy is what the page reads before the first paint.
    private async Task AfterAsync(string key)
    {
        await LoadAsync();
        var value = SettingsPageState.Text(_state.All.FirstOrDefault(s => s.Key == key)?.Value);
        if (key == "Ui:Theme") await Js.TellAsync("controlchat.theme.set", _stop.Token, value);
        if (key == "Ui:Letters") await Js.TellAsync("controlchat.keys.setSingle", _stop.Token, value == "true");
        if (key is "Ui:TimeZone" or "Ui:Clock") Choices.MoveClock();
    }

    /// <summary>Says aloud what came of a change.</summary>
    internal static void Announce(Announcer announcer, Outcome outcome)
    {
        if (outcome.Status == "confirmation_required") announcer.Alert(Texts.PlanWaitsForDecision.With(outcome.Plan?.Summary));
        else if (outcome.Error is { } error) announcer.Alert(Texts.NotChanged.With(error.Message));
        else announcer.Say(Texts.DoneWith.With(outcome.Plan?.Summary));
    }

    private string? NameOf(string? accountId) => accountId is null ? null : _names.GetValueOrDefault(accountId, accountId);

    private static string Shown(SettingView setting) => SettingsPageState.Text(setting.Value) is { Length: > 0 } text and not "[]" and not "{}" ? text : Texts.NotSet;

    private static string Legal(SettingView setting) => setting.Secret ? Texts.EnvironmentOnly : char.ToUpperInvariant(setting.Legal[0]) + setting.Legal[1..] + ".";
}
