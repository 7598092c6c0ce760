using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>Settings as people see them: the operator's value, an admin's change over it, one's own change over one's own.</summary>
public sealed class SettingBook(LoadedSettings loaded, SettingsStore store)
{
    /// <summary>All a person may see, in the catalog's order. Members see what is public and their own; admins see all.</summary>
    public async Task<IReadOnlyList<SettingView>> ListAsync(IHubReader reader, string accountId, bool admin, CancellationToken cancellationToken)
    {
        var rows = await store.ListAsync(reader, accountId, cancellationToken);
        return [.. SettingCatalog.All.Where(d => d.Public || admin).Select(d => View(d, Row(rows, d, accountId)))];
    }

    /// <summary>The value in force, as canonical text, and the row that changed it.</summary>
    /// <param name="of">Whose: an account's own, or what an admin set for it; null for the whole hub.</param>
    public async Task<(string? Value, StoredSetting? Row)> InForceAsync(IHubReader reader, SettingDefinition setting, string? of, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(reader, setting.Key, of, cancellationToken);
        return (row?.Value ?? await WithoutAsync(reader, setting, of, cancellationToken), row);
    }

    /// <summary>The value that holds without that row: the hub's for what an admin set for one account, else the operator's.</summary>
    public async Task<string?> WithoutAsync(IHubReader reader, SettingDefinition setting, string? of, CancellationToken cancellationToken) =>
        of is null || setting.Kind == SettingKind.Personal ? Operators(setting)
        : (await store.FindAsync(reader, setting.Key, null, cancellationToken))?.Value ?? Operators(setting);

    /// <summary>One limit of one account, as all are shown.</summary>
    public async Task<SettingView> OfAccountAsync(IHubReader reader, SettingDefinition setting, string accountId, CancellationToken cancellationToken)
    {
        var (value, row) = await InForceAsync(reader, setting, accountId, cancellationToken);
        var everyone = View(setting, await store.FindAsync(reader, setting.Key, null, cancellationToken) is { Value: not null } hub ? hub : null);
        var own = row is { Value: not null };
        return everyone with
        {
            Key = $"{setting.Key}@{accountId}",
            Value = Node(setting, value),
            Source = own ? SettingSource.Changed.Words() : everyone.Source,
            ChangedBy = own ? row!.ChangedBy : everyone.ChangedBy,
            ChangedAt = own ? row!.ChangedAt : everyone.ChangedAt,
        };
    }

    /// <summary>The operator's value, or the default; null when there is none.</summary>
    public string? Operators(SettingDefinition setting) => loaded.Values.Entries.GetValueOrDefault(setting.Key, setting.Default!);

    /// <summary>What a person chose for themselves, over what everyone begins with.</summary>
    public async Task<UiSection> PersonalAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        var chosen = await ChosenAsync(reader, accountId, cancellationToken);
        return OptionsBinder.Bind(loaded.Values.Entries.Where(e => !chosen.ContainsKey(e.Key)).Concat(chosen)).Ui;
    }

    /// <summary>What a person chose for themselves: key to canonical text.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ChosenAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        (await store.ListAsync(reader, accountId, cancellationToken))
            .Where(r => r.AccountId == accountId && r.Value is not null && SettingCatalog.Find(r.Key) is { Kind: SettingKind.Personal } d && d.Type.Read(r.Value) is not null)
            .ToDictionary(r => r.Key, r => r.Value!);

    private static StoredSetting? Row(IEnumerable<StoredSetting> rows, SettingDefinition setting, string accountId) =>
        rows.FirstOrDefault(r => r.Key == setting.Key && r.AccountId == (setting.Kind == SettingKind.Personal ? accountId : "") && r.Value is not null && setting.Kind != SettingKind.Operator);

    private SettingView View(SettingDefinition setting, StoredSetting? row) => new(
        setting.Key, Value(setting, row), Node(setting, setting.Default), setting.Type.Name, setting.Type.Legal, setting.Kind, setting.Description,
        (row is not null ? SettingSource.Changed : Source(setting)).Words(), setting.Variable, setting.Secret, row?.ChangedBy, row?.ChangedAt);

    // The file lists every setting: one that says what holds anyway was not chosen by anybody.
    private SettingSource Source(SettingDefinition setting)
    {
        var source = loaded.SourceOf(setting.Key);
        return source == SettingSource.File && Operators(setting) == setting.Default && setting.Type is not (SettingType.List or SettingType.Map or SettingType.Objects) ? SettingSource.Default : source;
    }

    private JsonNode? Value(SettingDefinition setting, StoredSetting? row)
    {
        if (setting.Secret) return loaded.Secrets.Find(setting.Key) is null ? "not set" : "set";
        return setting.Type switch
        {
            SettingType.List or SettingType.Objects or SettingType.Map => Nested(setting.Key + ':', setting.Type is not SettingType.Map),
            _ => Node(setting, row?.Value ?? Operators(setting) ?? Derived(setting.Key)),
        };
    }

    private string? Derived(string key) => key switch
    {
        "Hub:DataDirectory" => loaded.Paths.DataDirectory,
        "Workspaces:Root" => loaded.Paths.WorkspacesRoot,
        "Workspaces:Local" => loaded.Paths.LocalWorkspace,
        "Audit:CheckpointDirectory" => loaded.Paths.CheckpointDirectory,
        "Bus:Kind" => loaded.Options.BusKind,
        "SignIn:Link" => loaded.Options.SignsInByLink() ? "true" : "false",
        "SignIn:Password" => loaded.Options.SignsInByPassword() ? "true" : "false",
        _ => null,
    };

    private static JsonNode? Node(SettingDefinition setting, string? canonical) => canonical is null || setting.Type is SettingType.List or SettingType.Map or SettingType.Objects ? null : setting.Type.Wire(canonical);

    // "Mcp:Servers:0:Name" → [{"Name": …}]; "Policy:Tools:workspace.rename" → {"workspace.rename": …}.
    private JsonNode Nested(string prefix, bool numbered)
    {
        var groups = loaded.Values.Entries.Where(e => e.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .GroupBy(e => e.Key[prefix.Length..].Split(':')[0]).ToList();
        var items = groups.Select(g => (g.Key, Node: g.Count() == 1 && g.First().Key.Length == prefix.Length + g.Key.Length
            ? JsonValue.Create(g.First().Value)
            : Nested(prefix + g.Key + ':', int.TryParse(g.First().Key[(prefix.Length + g.Key.Length + 1)..].Split(':')[0], out _)))).ToList();
        return numbered ? new JsonArray([.. items.OrderBy(i => i.Key.Length).ThenBy(i => i.Key, StringComparer.Ordinal).Select(i => i.Node)]) : new JsonObject(items.Select(i => KeyValuePair.Create(i.Key, (JsonNode?)i.Node)));
    }
}
