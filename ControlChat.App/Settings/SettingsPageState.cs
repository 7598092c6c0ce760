using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Settings;

/// <summary>What the page knows: the settings this person may see, and what came of each change. Every change goes through the gate. Plain C#, no renderer.</summary>
/// <param name="gate">Reads and changes them.</param>
/// <param name="who">Who looks.</param>
/// <param name="only">The keys to show, such as the limits of one account; without them all there are.</param>
public sealed class SettingsPageState(IToolGate gate, Func<Principal> who, IReadOnlyList<string>? only = null)
{
    private static readonly CallOrigin Page = new("ui");
    private readonly Dictionary<string, Outcome> _outcomes = [];

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public OutcomeError? Fault { get; private set; }

    public IReadOnlyList<SettingView> All { get; private set; } = [];

    public IEnumerable<SettingView> Of(SettingKind kind) => All.Where(s => s.Kind == kind);

    /// <summary>What came of the last change of a setting; null when there was none.</summary>
    public Outcome? OutcomeOf(string key) => _outcomes.GetValueOrDefault(key);

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var shown = new List<SettingView>();
        foreach (var arguments in only?.Select(key => new JsonObject { ["key"] = key }) ?? [new JsonObject()])
        {
            var outcome = await CallAsync("config.get", arguments, cancellationToken);
            Fault = outcome.Error;
            if (Fault is not null) break;
            shown.AddRange(outcome.Result!["settings"].Deserialize<SettingView[]>(Json.Wire)!);
        }
        if (Fault is null) All = shown;
        Look = Fault is not null ? PanelLook.Failed : PanelLook.Live;
    }

    /// <summary>Asks for a change and shows what came of it.</summary>
    /// <param name="value">As typed; null takes a change back.</param>
    public async Task<Outcome> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("config.set", new JsonObject { ["key"] = key, ["value"] = value }, cancellationToken);
        _outcomes[key] = outcome;
        if (outcome.Status == "completed") await LoadAsync(cancellationToken);
        return outcome;
    }

    public async Task<Outcome> UndoAsync(string key, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("undo", new JsonObject { ["action_id"] = _outcomes[key].ActionId }, cancellationToken);
        _outcomes[key] = outcome;
        if (outcome.Status == "completed") await LoadAsync(cancellationToken);
        return outcome;
    }

    public void Close(string key) => _outcomes.Remove(key);

    /// <summary>A value as it stands in a field: text as it is, numbers and flags in their JSON form.</summary>
    public static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    private Task<Outcome> CallAsync(string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        gate.InvokeAsync(who(), new ToolCall(tool, Ids.New("req"), JsonSerializer.SerializeToElement(arguments), Page), cancellationToken);
}
